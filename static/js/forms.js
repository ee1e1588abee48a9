/** <form data-confirm="question"> asks in a dialog before it is sent; its yes says what the pressed button says. */
export function askBeforeSubmit() {
  const dialog = document.getElementById("confirm");
  if (!dialog) return;
  const yes = dialog.querySelector("button[value=yes]");
  const plainYes = yes.textContent;
  let waiting = null;
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.dataset.confirm || form === waiting) return;
    event.preventDefault();
    event.stopPropagation();
    const submitter = event.submitter;
    dialog.querySelector("#confirm-question").textContent = form.dataset.confirm;
    yes.textContent = submitter?.textContent.trim() || plainYes;
    dialog.returnValue = "";
    dialog.addEventListener(
      "close",
      () => {
        if (dialog.returnValue !== "yes") return;
        waiting = form;
        form.requestSubmit(submitter);
        waiting = null;
      },
      { once: true },
    );
    dialog.showModal();
  }, { capture: true });
}

/** <form data-once> is sent once however often its button is pressed; coming back to the page frees it again. */
export function submitOnce() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!("once" in form.dataset) || event.defaultPrevented) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "1";
    event.submitter?.setAttribute("aria-disabled", "true");
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) {
      delete form.dataset.sent;
      for (const button of form.querySelectorAll("[aria-disabled]")) button.removeAttribute("aria-disabled");
    }
  });
}

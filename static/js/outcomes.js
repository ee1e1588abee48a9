/**
 * <form data-outcome="outcome" data-takes-away="suspension revocation">: only the fields of the chosen outcome are
 * shown ([data-only-for]), and the button is red for outcomes that take something away. What is wrong stays in sight.
 * Without this script all fields are there, each group under words that say what it is for.
 */
export function showOnlyChosen() {
  for (const form of document.querySelectorAll("form[data-outcome]")) {
    const groups = form.querySelectorAll("[data-only-for]");
    if (!groups.length) continue;
    const show = () => {
      const chosen = form.querySelector(`[name="${form.dataset.outcome}"]:checked`)?.value ?? "";
      for (const group of groups) group.hidden = !has(group.dataset.onlyFor, chosen) && !isWrong(group, chosen);
      const takesAway = has(form.dataset.takesAway, chosen);
      const button = form.querySelector("[type=submit]");
      button?.classList.toggle("btn-danger", takesAway);
      button?.classList.toggle("btn-primary", !takesAway);
    };
    form.addEventListener("change", show);
    window.addEventListener("pageshow", show); // a page that one comes back to has its choice again
    show();
  }
}

function has(words, word) {
  return word !== "" && words.split(" ").includes(word);
}

/** Errors are seen as long as no outcome is chosen to which they do not belong. */
function isWrong(group, chosen) {
  return chosen === "" && group.querySelector(".is-invalid") !== null;
}

const STORED = "shortcuts-off";
const typing = (element) => element.closest("input, textarea, select, [contenteditable]");

/**
 * `?` lists the shortcuts, `/` goes to the search field of the page. Both rest while the reader types, and can be
 * switched off in the list for those whose speech or switch input would press them by accident (WCAG 2.1.4).
 */
export function listenForShortcuts() {
  const dialog = document.getElementById("shortcuts");
  if (!dialog) return;
  const box = dialog.querySelector("#shortcuts-on");
  box.checked = localStorage.getItem(STORED) === null;
  box.addEventListener("change", () => {
    if (box.checked) localStorage.removeItem(STORED);
    else localStorage.setItem(STORED, "1");
  });
  document.addEventListener("keydown", (event) => {
    if (!box.checked || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (document.querySelector("dialog[open]")) return;
    const search = document.querySelector('[role="search"] input:not([type="hidden"])');
    if (event.key === "?") {
      event.preventDefault();
      dialog.showModal();
    } else if (event.key === "/" && search) {
      event.preventDefault();
      search.focus();
      search.select();
    }
  });
  for (const button of document.querySelectorAll('[data-open="shortcuts"]')) {
    button.addEventListener("click", () => dialog.showModal());
  }
}

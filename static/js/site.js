// What every page does. Each part works on its own and leaves the page usable when it is missing.
import { keepTyped, putBack } from "./drafts.js";
import { askBeforeSubmit, submitOnce } from "./forms.js";
import { closeMenusOutside, showChosenKind, toggleSiteMenu } from "./menus.js";
import { showOnlyChosen } from "./outcomes.js";
import { listenForShortcuts } from "./shortcuts.js";

toggleSiteMenu();
closeMenusOutside();
showChosenKind();
askBeforeSubmit();
submitOnce();
showOnlyChosen();
putBack();
keepTyped();
listenForShortcuts();

// The summary of errors is read first; a link in it goes to the field itself, not only near it.
document.querySelector("[data-autofocus]")?.focus();
document.addEventListener("click", (event) => {
  const link = event.target.closest(".error-summary a");
  const field = link && document.querySelector(`${link.hash} :is(input, select, textarea)`);
  if (field) {
    event.preventDefault();
    field.focus();
  }
});

for (const button of document.querySelectorAll("[data-dismiss]")) {
  button.hidden = false;
  button.addEventListener("click", () => button.parentElement.remove());
}

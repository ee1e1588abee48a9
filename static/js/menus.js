/** The button that opens the main navigation on narrow screens. */
export function toggleSiteMenu() {
  const button = document.querySelector(".menu-toggle");
  const menu = document.getElementById("site-menu");
  if (!button || !menu) return;
  button.hidden = false;
  button.addEventListener("click", () => {
    const open = menu.classList.toggle("is-open");
    button.setAttribute("aria-expanded", String(open));
  });
}

/** Menus made of <details> close on Escape, and when the reader goes elsewhere. */
export function closeMenusOutside() {
  const menus = document.querySelectorAll("details[data-menu]");
  const closeAllBut = (target) => {
    for (const menu of menus) if (!menu.contains(target)) menu.open = false;
  };
  document.addEventListener("click", (event) => closeAllBut(event.target));
  document.addEventListener("focusin", (event) => closeAllBut(event.target));
  document.addEventListener("keydown", (event) => {
    const open = document.querySelector("details[data-menu][open]");
    if (event.key !== "Escape" || !open) return;
    open.open = false;
    open.querySelector("summary").focus();
  });
}

/** Where the kinds of work are one row that scrolls, the chosen one is in sight. */
export function showChosenKind() {
  const chosen = document.querySelector(".work-kinds [aria-current]");
  const row = chosen?.closest("ul");
  if (row) row.scrollLeft = chosen.offsetLeft - row.offsetLeft - (row.clientWidth - chosen.offsetWidth) / 2;
}

// Which steps are shown: all, those without a mark, the critical ones; and the index, from which any step can be reached.
// A step that is marked stays where it is until the filter is chosen again, so that no row moves under a finger.

export class Filter {
  #buttons = [...document.querySelectorAll("[data-filter]")];
  #chosen = "all";

  /** `rows` is a Map from step to row; `isMarked` tells of a step; `changed` hears that other rows are shown. */
  constructor(rows, isMarked) {
    this.rows = rows;
    this.isMarked = isMarked;
    for (const button of this.#buttons) button.addEventListener("click", () => this.choose(button.dataset.filter));
  }

  #fits(row) {
    if (this.#chosen === "unmarked") return !this.isMarked(row.step);
    return this.#chosen === "all" || row.element.dataset.critical === "true";
  }

  choose(name) {
    this.#chosen = name;
    for (const row of this.rows.values()) row.element.hidden = !this.#fits(row);
    for (const button of this.#buttons) button.setAttribute("aria-pressed", String(button.dataset.filter === name));
    document.getElementById("marking-none").hidden = this.shown.length > 0;
  }

  get shown() {
    return [...this.rows.values()].filter((row) => !row.element.hidden);
  }

  /** Make sure that a step is shown. */
  reveal(row) {
    if (row.element.hidden) this.choose("all");
  }

  count() {
    const words = String([...this.rows.keys()].filter((step) => !this.isMarked(step)).length);
    const place = document.querySelector('[data-filter="unmarked"] [data-count]');
    if (place.textContent !== words) place.textContent = words;
  }
}

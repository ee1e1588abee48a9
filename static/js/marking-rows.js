// How a step looks: its mark, its comment, whether the server has it, and two marks that differ.

const markName = (value) => (value === true ? "met" : value === false ? "not_met" : "unmarked");

export const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

export class Row {
  constructor(element, texts) {
    this.element = element;
    this.step = element.dataset.step;
    this.texts = texts;
    this.comment = element.querySelector("textarea");
    this.chip = document.querySelector(`[data-jump="${CSS.escape(this.step)}"]`);
    this.locked = this.comment.readOnly;
    this.toggle = element.querySelector("[data-comment]");
  }

  /** A mark in words, with its comment. */
  describe({ value, comment }) {
    const word = this.texts[markName(value)];
    return comment ? `${word} · “${comment}”` : word;
  }

  show({ value, comment }, { keepComment = false } = {}) {
    for (const button of this.element.querySelectorAll(".mark-button")) {
      button.setAttribute("aria-pressed", String(button.dataset.value === String(value)));
    }
    this.element.dataset.mark = markName(value);
    this.element.querySelector("[data-clear]").hidden = value === null;
    if (!keepComment) this.comment.value = comment;
    if (comment) this.openComment();
    this.chip.dataset.mark = markName(value);
    this.chip.querySelector("[data-word]").textContent = this.texts[markName(value)];
  }

  saveState(state) {
    const place = this.element.querySelector(".mark-save");
    if (place.dataset.state === state) return;
    place.dataset.state = state;
    const template = document.getElementById(`save-${state}`);
    place.replaceChildren(...(template ? [template.content.cloneNode(true)] : []));
  }

  openComment() {
    this.element.querySelector(".mark-comment").hidden = false;
    this.toggle.setAttribute("aria-expanded", "true");
  }

  toggleComment() {
    const box = this.element.querySelector(".mark-comment");
    box.hidden = !box.hidden;
    this.toggle.setAttribute("aria-expanded", String(!box.hidden));
    if (!box.hidden) this.comment.focus();
  }

  /** Ask which of two marks holds; `choose` hears "theirs" or "mine". */
  showClash(mine, theirs, choose) {
    this.comment.readOnly = true;
    const who = theirs?.by ?? "";
    const there = theirs ? this.describe(theirs) : this.texts.unmarked;
    this.#box("clash", this.texts.clash, [
      [fill(this.texts.theirs, { who, mark: there }), () => choose("theirs")],
      [fill(this.texts.mine, { mark: this.describe(mine) }), () => choose("mine")],
    ]);
  }

  showRefusal(mark, message, dismiss) {
    const words = `${fill(this.texts.refused, { mark: this.describe(mark) })}. ${message || this.texts.odd}`;
    this.#box("refused", words, [[this.texts.dismiss, dismiss]]);
  }

  clearBox() {
    const box = this.element.querySelector(".mark-clash");
    box.hidden = true;
    box.replaceChildren();
    box.removeAttribute("role");
    this.comment.readOnly = this.locked;
  }

  #box(state, words, choices) {
    const box = this.element.querySelector(".mark-clash");
    const text = document.createElement("p");
    text.textContent = words;
    const buttons = choices.map(([label, act]) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "btn btn-secondary";
      button.textContent = label;
      button.addEventListener("click", act);
      return button;
    });
    box.replaceChildren(text, ...buttons);
    box.setAttribute("role", "alert");
    box.hidden = false;
    this.saveState(state);
  }

  /** Let the row be marked: from now on every tap is heard. */
  open() {
    this.setDisabled(false);
  }

  lock() {
    this.locked = true;
    this.setDisabled(true);
    this.comment.readOnly = true;
  }

  setDisabled(disabled) {
    for (const button of this.element.querySelectorAll(".mark-button, [data-clear]")) button.disabled = disabled;
  }

  focus() {
    this.element.focus({ preventScroll: true });
    this.element.scrollIntoView({ block: "center" });
  }
}

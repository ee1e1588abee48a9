// How a step looks: its mark, its comment, where both are kept, and what the assessor has to choose.
import { choicesFor } from "./marking-choices.js";
import { CommentBox } from "./marking-comments.js";
import { icon, markName, markWord, texts } from "./marking-words.js";

const PICTURES = { stored: "check-circle", here: "clipboard", lost: "alert", differs: "alert", refused: "x-circle" };

/** Show in one place where what was marked is kept; nothing where nothing was. */
export function showKeeping(place, state) {
  if (place.dataset.state === state) return;
  place.dataset.state = state;
  place.replaceChildren(...(PICTURES[state] ? [icon(PICTURES[state]), texts[`keep${state[0].toUpperCase()}${state.slice(1)}`]] : []));
}

/** Tell where what was marked is kept, in one word: "", "keeping", "here", "stored", "lost", "differs" or "refused". */
export function keepingOf({ mark, comment, draft, refused, durable }) {
  if (refused.length) return "refused";
  if (mark?.difference || comment.difference || draft) return "differs";
  if (mark?.keeping || comment.keeping) return "keeping"; // for a moment: nothing is promised before the disk has it
  if (mark?.waiting || comment.waiting) return durable ? "here" : "lost";
  return mark?.heads.length || comment.heads.length ? "stored" : "";
}

/** Fill a box with questions; the same question is left standing, so that nothing moves under a finger. */
export function showChoices(place, facts, acts) {
  const { mark, comment, draft, refused, locked } = facts;
  const ids = (found) => (found?.difference ? found.heads.map(({ id }) => id) : []);
  const key = JSON.stringify([ids(mark), ids(comment), draft, draft && comment.heads.map(({ id }) => id), refused.map(({ id }) => id), locked]);
  if (place.dataset.key === key) return;
  place.dataset.key = key;
  const choices = choicesFor(facts, acts);
  place.replaceChildren(...choices);
  place.hidden = !choices.length;
}

export class Row {
  #key = "";

  constructor(element, page) {
    this.element = element;
    this.step = element.dataset.step;
    this.chip = document.querySelector(`[data-jump="${CSS.escape(this.step)}"]`);
    this.buttons = [...element.querySelectorAll(".mark-button")];
    this.clear = element.querySelector("[data-clear]");
    this.box = element.querySelector(".mark-box");
    this.comment = new CommentBox(element.querySelector(".mark-comment"), this.step, page);
    this.toggle = element.querySelector("[data-comment]");
    const place = element.querySelector(".mark-comment");
    for (const name of ["opened", "closed"]) place.addEventListener(name, () => this.toggle.setAttribute("aria-expanded", String(name === "opened")));
  }

  /** `facts` is {mark, comment, refused, locked, durable}. */
  draw(facts, acts) {
    this.comment.show(facts.comment, facts.locked);
    const draft = this.comment.meets ? this.comment.draft : null;
    showChoices(this.box, { ...facts, draft }, acts);
    this.chip.dataset.asks = String(!this.box.hidden);
    showKeeping(this.element.querySelector(".mark-save"), keepingOf({ ...facts, draft }));
    this.#showMark(facts.mark.value, facts.locked);
  }

  #showMark(value, locked) {
    const key = `${value} ${locked}`;
    if (key === this.#key) return;
    this.#key = key;
    const name = markName(value);
    for (const button of this.buttons) {
      button.setAttribute("aria-pressed", String(button.dataset.value === String(value)));
      button.disabled = locked;
    }
    this.element.dataset.mark = name;
    this.element.querySelector("[data-state-word]").textContent = markWord(value);
    this.clear.hidden = value === null || locked;
    this.toggle.hidden = locked;
    this.chip.dataset.mark = name;
    this.chip.querySelector("[data-word]").textContent = markWord(value);
  }

  focus() {
    this.element.focus({ preventScroll: true });
    this.element.scrollIntoView({ block: "center" });
  }
}

// Phrases: under the field of a comment stand one's own and the shared ones, each a button; typing a few letters leaves those
// that fit. Arrow down goes from the field into them, Enter inserts, Escape goes back.
import { button, fill, texts } from "./marking-words.js";

const AT_FIRST = 6;
const FEWEST_LETTERS = 2;
const LATIN = { ə: "e", ı: "i", ö: "o", ü: "u", ç: "c", ş: "s", ğ: "g" };

/** Fold a text for searching: Azerbaijani lower case, and its letters as a keyboard without them writes them. */
export const fold = (text) => text.toLocaleLowerCase("az").replace(/[əıöüçşğ]/g, (letter) => LATIN[letter]);

const words = (text) => fold(text).split(/[^\p{L}\p{N}]+/u).filter(Boolean);

/** Tell whether every word that was typed begins a word of the phrase. */
export function fits(phrase, typed) {
  const all = words(phrase);
  return words(typed).every((start) => all.some((word) => word.startsWith(start)));
}

/** The sentence being typed: what stands between the last stop and the cursor. */
const unfinished = (field) => field.value.slice(0, field.selectionStart).split(/[.!?;\n]/).at(-1).trimStart();

export class PhraseList {
  #all;
  #place;
  #field;
  #said;
  #isOpen = false;

  /** `phrases` is shared by all fields of the page: a phrase kept in one is offered in every other. */
  constructor({ phrases, place, field, said }) {
    this.#all = phrases;
    this.#place = place;
    this.#field = field;
    this.#said = said;
    place.addEventListener("keydown", (event) => this.#move(event));
    field.addEventListener("keydown", (event) => this.#enter(event));
    field.addEventListener("input", () => this.draw());
    this.draw();
  }

  draw() {
    const typed = unfinished(this.#field);
    const isSearch = typed.trim().length >= FEWEST_LETTERS;
    const found = isSearch ? this.#all.filter(({ text }) => fits(text, typed) && text !== typed.trim()) : this.#all;
    const shown = this.#isOpen ? found : found.slice(0, AT_FIRST);
    const chips = shown.map(({ text }) => button(text, () => this.#insert(text, isSearch ? typed : ""), "phrase"));
    if (found.length > shown.length) chips.push(this.#more(found.length - shown.length));
    this.#place.replaceChildren(...chips);
    this.#place.hidden = !chips.length;
    const heard = isSearch && found.length ? fill(texts.phrasesFound, { n: found.length }) : "";
    if (this.#said.textContent !== heard) this.#said.textContent = heard;
  }

  #more(n) {
    return button(fill(texts.morePhrases, { n }), () => {
      const at = this.#place.children.length - 1;
      this.#isOpen = true;
      this.draw();
      this.#place.children[at]?.focus();
    }, "phrase phrase-more");
  }

  /** Put a phrase in place of the letters that found it, with a space between it and what stands around it. */
  #insert(text, typed) {
    const field = this.#field;
    const end = field.selectionStart;
    const before = field.value.slice(0, end - typed.length);
    const after = field.value.slice(end);
    const lead = before && !/\s$/.test(before) ? `${before} ` : before;
    const value = `${lead}${text}${after && !/^\s/.test(after) ? " " : ""}${after}`;
    if (value.length > field.maxLength) return;
    field.value = value;
    field.focus();
    field.setSelectionRange(lead.length + text.length, lead.length + text.length);
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  #enter(event) {
    const atEnd = this.#field.selectionStart === this.#field.value.length;
    const first = this.#place.firstElementChild;
    if (event.key !== "ArrowDown" || !atEnd || !first) return;
    event.preventDefault();
    first.focus();
  }

  #move(event) {
    const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Escape: 0 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const next = by ? [...this.#place.children].indexOf(document.activeElement) + by : -1;
    (next < 0 ? this.#field : this.#place.children[next])?.focus();
  }
}

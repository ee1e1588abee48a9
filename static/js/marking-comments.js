// The comment on a step, or on the stage: shown as it stands, and a field to write it in, made when it is first opened.
// What is typed is kept on a pause and on leaving the field; a comment that was changed elsewhere meanwhile is asked about.
import { post } from "./marking-post.js";
import { PhraseList } from "./marking-phrases.js";
import { texts } from "./marking-words.js";

const PAUSE = 800;
const LONGEST_PHRASE = 300;

const idsOf = ({ heads }) => heads.map(({ id }) => id).sort().join();

export class CommentBox {
  #shown = { text: "", audience: "", heads: [] };
  #place;
  #page;
  #field = null;
  #phrases = null;
  #timer = 0;
  #locked = true;
  #number;
  meets = false; // what is typed meets a comment that came from elsewhere

  /** `place` holds .mark-said and .mark-editor; `page` is the board. */
  constructor(place, step, page) {
    this.step = step;
    this.#place = place;
    this.#page = page;
    this.#number = step ?? "stage";
    this.#said.addEventListener("click", () => this.open());
  }

  get #said() {
    return this.#place.querySelector(".mark-said");
  }

  get #editor() {
    return this.#place.querySelector(".mark-editor");
  }

  get isOpen() {
    return !this.#editor.hidden;
  }

  get isLocked() {
    return this.#locked;
  }

  /** What the field holds; null where there is no field. */
  get draft() {
    if (!this.#field) return null;
    const audience = this.#editor.querySelector("input:checked").value;
    return { text: this.#field.value.trim(), audience };
  }

  /** Whether the field holds something that was not kept yet. */
  get isDirty() {
    const { draft } = this;
    if (!draft) return false;
    return draft.text !== this.#shown.text || (draft.text !== "" && draft.audience !== this.#shown.audience);
  }

  /** Show what stands; what is being typed is never replaced. */
  show(comment, locked) {
    // Too late, but not without a word: the server refuses it, and the page shows what it was and why.
    if (locked && !this.#locked && this.isOpen && this.isDirty) this.#make();
    this.#locked = locked;
    const { draft } = this;
    const isOther = idsOf(comment) !== idsOf(this.#shown);
    const isSame = draft?.text === comment.text && (!draft?.text || draft.audience === comment.audience);
    this.meets = (isOther || comment.difference) && this.isOpen && this.isDirty && !isSame && !locked;
    if (!this.meets) this.#take(comment);
    if (locked) this.close();
  }

  #take(comment) {
    const wasDirty = this.isDirty;
    this.#shown = comment;
    const said = this.#said;
    said.querySelector("[data-audience]").textContent = comment.audience === "candidate" ? texts.candidate : texts.internal;
    said.querySelector("[data-text]").textContent = comment.text;
    said.dataset.audience = comment.audience;
    said.hidden = !comment.text || this.isOpen;
    said.disabled = this.#locked;
    if (this.#field && !(wasDirty && this.isDirty)) this.#write(comment);
  }

  #write({ text, audience }) {
    if (this.#field.value.trim() !== text) this.#field.value = text;
    this.#editor.querySelector(`input[value="${audience || "internal"}"]`).checked = true;
  }

  /** Give up what is typed for what stands, or for what was chosen. */
  adopt(comment) {
    this.#shown = comment;
    this.meets = false;
    if (this.#field) this.#write(comment);
  }

  open() {
    if (this.#locked) return;
    if (!this.#field) this.#build();
    this.#editor.hidden = false;
    this.#said.hidden = true;
    this.#place.dispatchEvent(new CustomEvent("opened"));
    this.#field.focus();
    this.#field.setSelectionRange(this.#field.value.length, this.#field.value.length);
    this.#phrases.draw();
  }

  close() {
    this.save();
    if (!this.isOpen || this.meets) return;
    this.#editor.hidden = true;
    this.#said.hidden = !this.#shown.text;
    this.#place.dispatchEvent(new CustomEvent("closed"));
  }

  /** Keep what is typed. */
  save() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    if (!this.#locked && !this.meets && !this.#shown.difference && this.isDirty) this.#make();
  }

  #make() {
    const { text, audience } = this.draft;
    const event = this.#page.comment(this.step, text, audience);
    this.#shown = { text, audience, heads: [event], difference: false };
  }

  #build() {
    const part = document.getElementById("comment-editor").content.cloneNode(true);
    this.#field = part.querySelector("textarea");
    this.#field.setAttribute("aria-label", this.#place.dataset.label);
    for (const radio of part.querySelectorAll("input")) radio.name = `audience-${this.#number}`;
    this.#editor.append(part);
    this.#write(this.#shown);
    const [place, said] = [".phrases", "[data-phrases-said]"].map((one) => this.#editor.querySelector(one));
    this.#phrases = new PhraseList({ phrases: this.#page.phrases, place, said, field: this.#field });
    this.#listen();
  }

  #listen() {
    const editor = this.#editor;
    const keep = editor.querySelector("[data-keep]");
    editor.addEventListener("input", () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.save(), PAUSE);
      if (this.meets || this.#shown.difference) this.#page.draw(); // what is typed is one of the choices
      keep.hidden = !this.#canBeKept();
      keep.textContent = texts.keepPhrase;
    });
    editor.addEventListener("change", () => this.save());
    this.#field.addEventListener("blur", () => this.save());
    editor.querySelector("[data-done]").addEventListener("click", () => this.leave());
    keep.addEventListener("click", () => this.#keep(keep));
    editor.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.leave();
    });
  }

  /** Close the field and give the focus back to the step. */
  leave() {
    this.close();
    this.#page.focusOn(this.step);
  }

  #canBeKept() {
    const { text } = this.draft;
    return text.length > 3 && text.length <= LONGEST_PHRASE && !this.#page.phrases.some((one) => one.text === text);
  }

  /** Keep the text as a phrase of one's own; without network it can be done later. */
  async #keep(button) {
    const { text } = this.draft;
    const { ok, message } = await post(this.#page.facts.urls.keepPhrase, { text });
    button.textContent = ok ? texts.phraseKept : message || texts.noAnswer;
    if (!ok) return;
    this.#page.phrases.unshift({ text, own: true });
    this.#field.focus();
    this.#phrases.draw();
  }
}

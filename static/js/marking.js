// Live marking: every tap is shown at once, kept on the device, sent in order, and called saved only when the server says so.
import { runClocks, stayAwake } from "./marking-clock.js";
import { listenForMarkingKeys } from "./marking-keys.js";
import { MarkQueue } from "./marking-queue.js";
import { Row, fill } from "./marking-rows.js";
import { MarkStore, newId } from "./marking-store.js";

const COMMENT_PAUSE = 800;

function cookie(name) {
  const found = document.cookie.split("; ").find((one) => one.startsWith(`${name}=`));
  return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
}

class Board {
  constructor(facts, texts) {
    this.facts = facts;
    this.texts = texts;
    this.store = new MarkStore(facts.assessor, facts.run);
    this.queue = new MarkQueue(
      (mark, signal) => this.send(mark, signal),
      (event, mark, details) => this.hear(event, mark, details),
    );
    this.steps = new Map();
    for (const element of document.querySelectorAll(".mark-row")) {
      const row = new Row(element, texts);
      const nothing = { id: null, step: row.step, value: null, comment: "" };
      // `stored` is the mark that the server is known to have; `head` the latest one of this device, stored or on its way.
      this.steps.set(row.step, {
        row, stored: nothing, head: null, value: null, comment: "", clash: null, refused: null, timer: 0,
      });
    }
    this.focused = null;
    this.next = "";
    this.signed = facts.signed;
  }

  start() {
    for (const entry of this.facts.entries) this.adopt(entry);
    for (const mark of this.store.all()) this.restore(mark);
    this.listen();
    // The sign-off page sends back who still has marks on this device; it is shown again once they are stored.
    if (location.hash === "#sign-off" && this.isReady()) this.next = document.getElementById("marking-sign-off")?.href ?? "";
    this.summarise();
    if (this.signed) return;
    for (const { row } of this.steps.values()) row.open();
    // A mark that was on its way when the former page was left may be stored by now, but not be on this one yet.
    this.refresh();
  }

  /** Whether nothing but marks on their way stands between here and sign-off. */
  isReady() {
    return this.order().every((state) => state.value !== null && !state.clash && !state.refused);
  }

  // --- What the server has ---------------------------------------------------------------------------------------------

  /** Take the server's mark of a step as the one that stands. */
  adopt(entry) {
    const state = this.steps.get(entry.step);
    if (!state) return;
    const typed = document.activeElement === state.row.comment && this.isDirty(state);
    Object.assign(state, { stored: entry, head: entry.id, value: entry.value, comment: entry.comment });
    state.row.show(state, { keepComment: typed });
    state.row.saveState(state.refused ? "refused" : entry.id ? "saved" : "");
  }

  /** Whether the comment field holds something that is no mark yet. */
  isDirty(state) {
    return state.row.comment.value.trim() !== state.comment;
  }

  send(mark, signal) {
    const { id, step, value, comment, follows } = mark;
    return fetch(this.facts.url, {
      method: "POST",
      redirect: "manual",
      signal,
      headers: { "Content-Type": "application/json", "X-CSRFToken": cookie(this.facts.csrfCookie) || this.token() },
      body: JSON.stringify({ id, step, value, comment, follows, assessor: this.facts.assessor }),
    });
  }

  token() {
    return document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
  }

  /** Learn what was marked elsewhere; a step with marks of this device on their way is left alone. */
  async refresh() {
    // An answer may be older than a mark that was made, or stored, while it was on its way: such a step is left alone too.
    const known = new Map([...this.steps].map(([step, state]) => [step, this.queue.has(step) ? undefined : state.head]));
    const answer = await fetch(this.facts.url, { redirect: "manual" }).catch(() => null);
    if (!answer?.ok) return;
    const { entries, signed } = await answer.json();
    for (const entry of entries) {
      const state = this.steps.get(entry.step);
      const own = !state || state.clash || this.queue.has(entry.step) || this.isDirty(state);
      if (!own && state.head === known.get(entry.step) && state.head !== entry.id) this.adopt(entry);
    }
    if (signed && !this.signed) this.lock();
    this.summarise();
  }

  // --- What this device does -------------------------------------------------------------------------------------------

  /** Make a mark: shown at once, kept, and sent in its turn. */
  mark(step, change) {
    const state = this.steps.get(step);
    if (this.signed) return;
    clearTimeout(state.timer);
    state.timer = 0;
    const made = { value: state.value, comment: state.row.comment.value.trim(), ...change };
    const tapped = "value" in change && (state.clash || state.refused);
    if (!tapped && made.value === state.value && made.comment === state.comment) return;
    this.settle(state);
    const mark = { id: newId(), step, follows: state.head, ...made, status: "waiting" };
    this.store.put(mark);
    this.take(state, mark);
    this.summarise();
  }

  /** Show a mark of this device and put it into the queue. */
  take(state, mark) {
    Object.assign(state, { head: mark.id, value: mark.value, comment: mark.comment });
    state.row.show(state, { keepComment: true });
    state.row.saveState(this.queue.failing ? "retrying" : "saving");
    this.queue.push(mark);
  }

  /** A mark that was made before the page was loaded: sent again, or its question asked again. */
  restore(mark) {
    const state = this.steps.get(mark.step);
    if (!state) return;
    if (mark.status === "waiting") {
      state.row.comment.value = mark.comment;
      this.take(state, mark);
    } else if (mark.status === "refused") {
      this.refuse(state, mark);
    } else {
      this.clash(state, mark, state.stored.id ? state.stored : null);
    }
  }

  settle(state) {
    for (const kept of [state.clash, state.refused]) if (kept) this.store.drop(kept);
    Object.assign(state, { clash: null, refused: null });
    state.row.clearBox();
  }

  // --- What became of it -----------------------------------------------------------------------------------------------

  hear(event, mark, details) {
    const state = this.steps.get(mark.step);
    const act = {
      saving: () => !this.queue.failing && state.row.saveState("saving"),
      retrying: () => this.retrying(),
      saved: () => this.saved(state, mark, details),
      clash: () => this.clash(state, this.withdrawn(mark), details.current),
      refused: () => this.refuse(state, { ...this.withdrawn(mark), message: details.message }, details.code),
      "signed-out": () => this.stopped(this.texts.signedOut),
      "other-user": () => this.stopped(this.texts.otherUser),
    }[event];
    act();
    this.summarise();
  }

  retrying() {
    for (const { row } of this.steps.values()) if (this.queue.has(row.step)) row.saveState("retrying");
  }

  /** Nothing goes up until the assessor has signed in again. */
  stopped(words) {
    this.retrying();
    this.notice(words, true);
  }

  saved(state, mark, { current }) {
    this.notice("");
    this.store.drop(mark);
    state.stored = current;
    if (this.queue.has(mark.step)) return;
    if (current.id === mark.id) state.row.saveState("saved");
    else if (state.head === mark.id) this.adopt(current);
  }

  /** Marks that followed a refused one cannot be sent: the latest of them is what this device wants. */
  withdrawn(mark) {
    const later = this.queue.withdraw(mark.step);
    const last = later.at(-1) ?? mark;
    for (const one of [mark, ...later]) if (one !== last) this.store.drop(one);
    return last;
  }

  clash(state, mine, theirs) {
    const stands = theirs ?? { id: null, step: mine.step, value: null, comment: "" };
    if (stands.value === mine.value && stands.comment === mine.comment.trim()) {
      this.store.drop(mine);
      this.adopt(stands);
      return;
    }
    this.settle(state);
    clearTimeout(state.timer);
    const comment = state.timer ? state.row.comment.value.trim() : mine.comment;
    state.timer = 0;
    state.clash = { ...mine, comment, status: "clash" };
    this.store.put(state.clash);
    state.row.comment.value = stands.comment;
    this.adopt(stands);
    state.row.showClash(state.clash, theirs, (choice) => this.choose(state, choice));
  }

  /** The assessor says which of two marks holds. */
  choose(state, choice) {
    const { value, comment, step } = state.clash;
    if (choice === "mine") {
      state.row.comment.value = comment;
      this.mark(step, { value, comment });
    } else {
      this.settle(state);
      state.row.saveState(state.head ? "saved" : "");
    }
    this.summarise();
    state.row.focus();
  }

  refuse(state, mark, code = "") {
    const refused = { ...mark, status: "refused" };
    this.store.put(refused);
    this.adopt(state.stored);
    state.refused = refused;
    state.row.showRefusal(mark, mark.message, () => {
      this.settle(state);
      state.row.saveState(state.head ? "saved" : "");
      this.summarise();
    });
    if (code === "signed") this.lock();
    this.refresh();
  }

  lock() {
    if (this.signed) return;
    this.flush(); // what was being typed is sent too, so that the assessor reads that it came too late
    this.signed = true;
    for (const { row } of this.steps.values()) row.lock();
  }

  // --- What the page says ----------------------------------------------------------------------------------------------

  notice(words, signIn = false) {
    const box = document.getElementById("marking-notice");
    box.querySelector("p").textContent = words;
    box.querySelector("a").hidden = !signIn;
    box.hidden = !words;
  }

  summarise() {
    const all = [...this.steps.values()];
    const total = all.length;
    const left = all.filter((state) => state.value === null).length;
    const { texts } = this;
    document.getElementById("marking-count").textContent = fill(texts.count, { n: total - left, total });
    document.getElementById("marking-left").textContent = left ? fill(texts.left, { n: left }) : texts.noneLeft;
    document.getElementById("marking-bar-value").value = total - left;
    document.getElementById("marking-next").disabled = !left;
    const status = document.getElementById("marking-status");
    const [state, words] = this.queueWords();
    status.dataset.state = state;
    if (status.textContent !== words) status.textContent = words;
    if (this.next && !this.queue.size && this.isReady()) location.assign(this.next);
  }

  queueWords() {
    const n = this.queue.size;
    if (!n) return ["stored", this.texts.allStored];
    return this.queue.failing
      ? ["failing", fill(this.texts.notStored, { n })]
      : ["storing", fill(this.texts.storing, { n })];
  }

  // --- Hands and keys --------------------------------------------------------------------------------------------------

  order() {
    return [...this.steps.values()];
  }

  current() {
    const row = document.activeElement?.closest(".mark-row");
    return row ? this.steps.get(row.dataset.step) : this.steps.get(this.focused);
  }

  go(state) {
    this.focused = state.row.step;
    state.row.focus();
  }

  move(by) {
    const all = this.order();
    const at = all.indexOf(this.current());
    this.go(all[Math.min(all.length - 1, Math.max(0, at < 0 ? 0 : at + by))]);
  }

  nextUnmarked() {
    const all = this.order();
    const at = all.indexOf(this.current());
    const next = [...all.slice(at + 1), ...all.slice(0, at + 1)].find((state) => state.value === null);
    if (next) this.go(next);
  }

  markFocused(value) {
    const state = this.current();
    if (state) this.mark(state.row.step, { value });
  }

  commentFocused() {
    const state = this.current();
    if (!state) return;
    state.row.openComment();
    state.row.comment.focus();
  }

  /** Take what is typed and not yet sent. */
  flush() {
    for (const [step, state] of this.steps) if (state.timer) this.mark(step, {});
  }

  listen() {
    const list = document.getElementById("marking");
    list.addEventListener("click", (event) => this.click(event));
    list.addEventListener("input", (event) => {
      const state = this.steps.get(event.target.closest(".mark-row").dataset.step);
      clearTimeout(state.timer);
      state.timer = setTimeout(() => this.mark(state.row.step, {}), COMMENT_PAUSE);
    });
    list.addEventListener("focusout", (event) => {
      if (event.target.matches("textarea")) this.mark(event.target.closest(".mark-row").dataset.step, {});
    });
    list.addEventListener("focusin", (event) => {
      this.focused = event.target.closest(".mark-row").dataset.step;
    });
    document.querySelector(".mark-index").addEventListener("click", (event) => {
      const link = event.target.closest("[data-jump]");
      if (!link) return;
      event.preventDefault();
      this.go(this.steps.get(link.dataset.jump));
    });
    document.getElementById("marking-next").addEventListener("click", () => this.nextUnmarked());
    this.listenForLeaving();
  }

  click(event) {
    const step = event.target.closest(".mark-row")?.dataset.step;
    if (!step) return;
    const choice = event.target.closest(".mark-button");
    if (choice) this.mark(step, { value: choice.dataset.value === "true" });
    else if (event.target.closest("[data-clear]")) this.mark(step, { value: null });
    else if (event.target.closest("[data-comment]")) this.steps.get(step).row.toggleComment();
  }

  listenForLeaving() {
    let ending = false;
    document.getElementById("marking-end")?.addEventListener("submit", () => {
      this.flush();
      ending = true; // the same page comes back, and sends what is still waiting
    });
    document.getElementById("marking-sign-off")?.addEventListener("click", (event) => this.checkSignOff(event));
    window.addEventListener("beforeunload", (event) => {
      this.flush();
      if (this.queue.size && !ending) event.preventDefault();
    });
    window.addEventListener("pagehide", () => this.flush());
    window.addEventListener("online", () => this.queue.hurry());
    window.addEventListener("pageshow", (event) => event.persisted && this.refresh());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden") {
        this.flush();
        return;
      }
      this.queue.hurry();
      this.refresh();
    });
  }

  checkSignOff(event) {
    this.flush();
    const left = this.order().filter((state) => state.value === null).length;
    const open = this.order().find((state) => state.clash || state.refused);
    if (!left && !open && !this.queue.size) return;
    event.preventDefault();
    if (open) {
      this.go(open);
      return;
    }
    this.notice(left ? fill(this.texts.blank, { n: left }) : this.texts.kept);
    if (left) this.nextUnmarked();
    else this.next = event.currentTarget.href; // goes on by itself once every mark is stored
  }
}

const facts = JSON.parse(document.getElementById("marking-facts").textContent);
const texts = document.getElementById("marking-texts").dataset;
if (window.matchMedia("(max-width: 61.99rem)").matches) document.querySelector(".mark-index").open = false;
const board = new Board(facts, texts);
board.start();
runClocks(facts, texts);
if (!facts.stageEnd) stayAwake();
listenForMarkingKeys(board);

// The marking page. Every tap is an event: kept on this device, shown at once, sent by itself (marks-device.js). This file
// draws what stands and turns taps and keys into events; it decides nothing that the assessor has not decided.
import { openRun } from "./marks-device.js";
import { Bar } from "./marking-bar.js";
import { Clocks, stayAwake } from "./marking-clock.js";
import { CommentBox } from "./marking-comments.js";
import { Filter } from "./marking-filter.js";
import { offerHelp } from "./marking-help.js";
import { listenForMarkingKeys } from "./marking-keys.js";
import { Row, keepingOf, showChoices, showKeeping } from "./marking-rows.js";
import { Sealing } from "./marking-sealing.js";
import { fill, markWord, texts } from "./marking-words.js";

const LONGEST = 24 * 60; // minutes; the server takes no later ones

class Board {
  #current = null;
  #locked = true;
  #bar = new Bar();

  constructor(facts, run) {
    this.facts = facts;
    this.run = run;
    this.phrases = [...facts.phrases];
    this.rows = new Map([...document.querySelectorAll(".mark-row")].map((found) => {
      const row = new Row(found, this);
      return [row.step, row];
    }));
    this.stage = document.getElementById("stage-comment");
    this.stageComment = new CommentBox(this.stage.querySelector(".mark-comment"), null, this);
    this.filter = new Filter(this.rows, (step) => this.run.markOf(step).value !== null);
    this.sealing = new Sealing(run, this, facts.urls.seal);
  }

  get notices() {
    return this.#bar.notices;
  }

  get times() {
    const known = this.run.times;
    return { ended: known?.ended ?? this.facts.ended, pauses: known?.pauses ?? this.facts.pauses };
  }

  start() {
    this.clocks = new Clocks(this.facts, () => this.run.now(), () => this.times);
    this.clocks.start();
    stayAwake(() => !this.times.ended && !this.#locked);
    this.listen();
    listenForMarkingKeys(this);
    this.draw();
    this.run.addEventListener("change", () => this.draw());
  }

  // --- Events ------------------------------------------------------------------------------------------------------------

  /** The minute of the session, by the clock of the server. */
  get minute() {
    const minutes = Math.floor((this.run.now() - this.facts.started) / 60_000);
    return Math.min(LONGEST, Math.max(-1, minutes));
  }

  mark(step, value) {
    const now = this.run.markOf(step);
    if (this.#locked || (now.value === value && !now.difference)) return;
    this.run.mark(step, value, this.minute);
    this.say(`${step}: ${markWord(value)}`);
  }

  comment(step, text, audience) {
    return this.run.comment(step, text, audience, this.minute);
  }

  /** What the questions of a step, or of the stage, can lead to. */
  #acts(step, box) {
    const comment = (text, audience) => {
      const event = this.comment(step, text, audience);
      box.adopt({ text, audience, heads: [event], difference: false });
    };
    return {
      chooseMark: (head) => {
        this.run.mark(step, head.value, this.minute);
        this.focusOn(step);
      },
      chooseComment: (head) => {
        comment(head.comment, head.audience);
        this.focusOn(step);
      },
      keepDraft: () => comment(box.draft.text, box.draft.audience),
      again: (event) => {
        if ("comment" in event) comment(event.comment, event.audience);
        else this.run.mark(event.step, event.value, this.minute);
        this.run.dismiss(event.id);
        this.focusOn(step);
      },
      leave: (event) => {
        this.run.dismiss(event.id);
        this.focusOn(step);
      },
    };
  }

  // --- What the page shows -----------------------------------------------------------------------------------------------

  draw() {
    const { status } = this.run;
    this.#locked = status.serverState !== "open";
    const shared = { locked: this.#locked, durable: status.durable };
    for (const [step, row] of this.rows) {
      const refused = status.refused.filter((event) => event.step === step);
      row.draw({ ...shared, refused, mark: this.run.markOf(step), comment: this.run.commentOf(step) }, this.#acts(step, row.comment));
    }
    this.#drawStage(status, shared);
    const running = !this.times.ended && !this.#locked;
    this.#bar.draw(status, { running, now: this.run.now(), started: this.facts.started });
    this.notices.set("closed", this.#locked && this.facts.state === "open" ? texts.closed : "", { tone: "error" });
    this.filter.count();
    this.#drawFinish();
    this.sealing.next();
  }

  #drawStage(status, shared) {
    const box = this.stageComment;
    const refused = status.refused.filter((event) => !this.rows.has(event.step));
    const comment = this.run.commentOf(null);
    box.show(comment, this.#locked);
    const facts = { ...shared, refused, comment, mark: null, draft: box.meets ? box.draft : null };
    showChoices(this.stage.querySelector(".mark-box"), facts, this.#acts(null, box));
    showKeeping(this.stage.querySelector(".mark-save"), keepingOf(facts));
    this.stage.querySelector("[data-comment]").hidden = this.#locked;
  }

  /** A stage that was ended on another device is over here too. */
  #drawFinish() {
    const isOver = Boolean(this.times.ended);
    for (const part of document.querySelectorAll("[data-while]")) part.hidden = (part.dataset.while === "ended") !== isOver;
  }

  say(words) {
    document.getElementById("marking-said").textContent = words;
  }

  // --- Hands and keys ----------------------------------------------------------------------------------------------------

  get #row() {
    const focused = document.activeElement?.closest(".mark-row")?.dataset.step;
    return this.rows.get(focused ?? this.#current);
  }

  go(row) {
    this.filter.reveal(row);
    this.#current = row.step;
    row.focus();
  }

  focusOn(step) {
    if (step !== null) this.rows.get(step)?.element.focus({ preventScroll: true });
    else this.stage.querySelector("[data-comment]").focus();
  }

  move(by) {
    const shown = this.filter.shown;
    const at = shown.indexOf(this.#row);
    const next = at < 0 ? 0 : Math.min(shown.length - 1, Math.max(0, at + by));
    if (shown.length) this.go(shown[next]);
  }

  nextUnmarked() {
    const all = [...this.rows.values()];
    const at = all.indexOf(this.#row);
    const next = [...all.slice(at + 1), ...all.slice(0, at + 1)].find((row) => this.run.markOf(row.step).value === null);
    if (next) this.go(next);
  }

  markFocused(value) {
    const row = this.#row;
    if (!row) return;
    this.mark(row.step, value);
    this.focusOn(row.step);
  }

  commentFocused() {
    this.#row?.comment.open();
  }

  saveDrafts() {
    for (const { comment } of [...this.rows.values(), { comment: this.stageComment }]) comment.save();
  }

  /** What stands between here and sealing: {words, go}; null when nothing does but marks on their way. */
  open() {
    const { status } = this.run;
    const rows = [...this.rows.values()];
    const asked = rows.find((row) => !row.box.hidden);
    if (asked) return { words: texts.chooseFirst, go: () => this.go(asked) };
    if (!this.stage.querySelector(".mark-box").hidden) return { words: texts.chooseFirst, go: () => this.focusOn(null) };
    const blank = rows.find((row) => this.run.markOf(row.step).value === null);
    if (blank) return { words: fill(texts.blank, { n: status.total - status.marked }), go: () => this.go(blank) };
    return null;
  }

  listen() {
    const list = document.getElementById("marking");
    list.addEventListener("click", (event) => this.click(event.target));
    list.addEventListener("focusin", (event) => {
      this.#current = event.target.closest(".mark-row")?.dataset.step ?? this.#current;
    });
    this.stage.querySelector("[data-comment]").addEventListener("click", () => this.stageComment.open());
    document.querySelector(".mark-index").addEventListener("click", (event) => {
      const link = event.target.closest("[data-jump]");
      if (!link) return;
      event.preventDefault();
      this.go(this.rows.get(link.dataset.jump));
    });
    document.getElementById("marking-next")?.addEventListener("click", () => this.nextUnmarked());
    document.getElementById("marking-seal")?.addEventListener("click", (event) => {
      event.preventDefault();
      this.sealing.want();
    });
    document.getElementById("marking-end")?.addEventListener("submit", (event) => this.#end(event));
    this.#listenForLeaving();
  }

  click(target) {
    const step = target.closest(".mark-row")?.dataset.step;
    if (!step || target.closest(".mark-box")) return;
    const row = this.rows.get(step);
    const choice = target.closest(".mark-button");
    if (choice) this.mark(step, choice.dataset.value === "true");
    else if (target.closest("[data-clear]")) this.#clear(row);
    else if (target.closest("[data-comment]")) {
      if (row.comment.isOpen) row.comment.close();
      else row.comment.open();
    }
  }

  /** The button goes with the mark; the focus stays with the step. */
  #clear(row) {
    this.mark(row.step, null);
    this.focusOn(row.step);
  }

  /** The end is stamped by the server: without a connection there is nothing to send it to. */
  #end(event) {
    this.saveDrafts();
    if (this.run.status.state !== "offline") return;
    event.preventDefault();
    event.stopPropagation();
    this.notices.set("end", texts.endNeedsServer, { tone: "error" });
  }

  #listenForLeaving() {
    const keep = () => this.saveDrafts();
    window.addEventListener("pagehide", keep);
    document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && keep());
    window.addEventListener("beforeunload", (event) => {
      this.saveDrafts();
      const { durable, waiting } = this.run.status;
      if (!durable && waiting) event.preventDefault();
    });
  }
}

const facts = JSON.parse(document.getElementById("marking-facts").textContent);
const { run, urls, steps, heads, state, token, now } = facts;
if (window.matchMedia("(max-width: 61.99rem)").matches) document.querySelector(".mark-index").open = false;
offerHelp();
const log = await openRun({ run, url: urls.marks, steps, heads, state, token, now });
new Board(facts, log).start();

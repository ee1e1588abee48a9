// One stage as its assessor sees it on this device: what the server has, and over it what is only here.
//
//   run.mark(step, value, minute), run.comment(step, text, audience, minute)  -> event; event.kept is a Promise
//   run.markOf(step), run.commentOf(step), run.differences()
//   run.status, run.now(), run.dismiss(id), run.refresh(), run.flush(), run.digest()
//   "change" event  -> any of it may be different
import { canonicalText, sha256, shortCode } from "./marks-digest.js";
import { commentOf, currentComments, currentMarks, differences, fold, markOf, standing } from "./marks-log.js";
import { newId } from "./marks-wire.js";

export class RunLog extends EventTarget {
  #store;
  #sync;
  #steps;
  #url;
  #record;
  #events = [];
  #made = new Map(); // made in this page, not read back from the store yet
  #log = new Map();
  #reading = null;
  #readAgain = false;
  #announced = false;
  kept = null;

  /** `steps` are the codes in the order of the checklist, `url` is where the server tells its heads. */
  constructor(store, sync, { run, steps, url }) {
    super();
    this.id = run;
    this.user = store.user;
    this.device = store.device;
    this.#store = store;
    this.#sync = sync;
    this.#steps = steps;
    this.#url = url;
    this.#record = { run, heads: [] };
  }

  /** Start from what the page (null: a page opened without network) or else the device knows. */
  async start({ heads, token, state }) {
    const fresh = Object.fromEntries(Object.entries({ heads, token, state }).filter(([, value]) => value !== undefined));
    if (Object.keys(fresh).length) await this.#store.saveRun(this.id, fresh).catch(() => {});
    await this.#read();
    this.#store.addEventListener("change", () => this.#read());
    this.#sync.addEventListener("change", () => this.#announce());
    this.#sync.watch(this.id);
  }

  // --- What is made here -----------------------------------------------------------------------------------------------

  /** Mark a step: true, false, or null to take the mark back. It replaces what stands, also a difference. */
  mark(step, value, minute) {
    return this.#make({ step, value }, "mark", minute);
  }

  /** Comment on a step, or on the stage (null); "" removes the comment. */
  comment(step, text, audience, minute) {
    return this.#make({ step, comment: text, audience }, "comment", minute);
  }

  #make(saying, kind, minute) {
    const event = {
      id: newId(),
      run: this.id,
      ...saying,
      minute,
      at: Date.now(),
      skew: this.#store.skew,
      replaces: standing(this.#log, saying.step, kind).map((head) => head.id),
    };
    const made = { event, kept: false };
    this.#made.set(event.id, made);
    this.#refold();
    const kept = this.#store.append(event).then((stored) => {
      made.kept = true; // from now on the next reading of the store has it
      this.#read();
      return stored.device === this.#store.device && this.#store.durable;
    });
    return { ...event, kept };
  }

  dismiss(id) {
    return this.#store.dismiss(id);
  }

  // --- What stands -----------------------------------------------------------------------------------------------------

  /** Read the store again; many calls at once are one reading. */
  #read() {
    this.#readAgain = true;
    this.#reading ??= this.#readOnce().finally(() => {
      this.#reading = null;
    });
    return this.#reading;
  }

  async #readOnce() {
    while (this.#readAgain) {
      this.#readAgain = false;
      const inStore = [...this.#made.values()].filter((made) => made.kept);
      const found = await this.#store.moment(this.id).catch(() => null);
      if (!found) continue; // what is on the screen stays; the status tells that the storage does not answer
      for (const { event } of inStore) this.#made.delete(event.id);
      this.#events = found.events;
      if (found.record) this.#record = { heads: [], ...found.record };
      this.#refold();
    }
  }

  #refold() {
    const waiting = this.#events.filter((event) => !event.refusal);
    const unread = [...this.#made.values()]
      .map(({ event, kept }) => ({ ...event, keeping: !kept }))
      .filter((one) => !waiting.some(({ id }) => id === one.id));
    const here = [...waiting, ...unread].map((event) => ({
      ...event,
      at: event.at + event.skew,
      device: (event.device ?? this.device).slice(0, 8),
      here: true,
      waiting: true,
    }));
    this.#log = fold(here, this.#record.heads);
    this.#announce();
  }

  /** Tell once, however much has changed in this turn of the loop. */
  #announce() {
    if (this.#announced) return;
    this.#announced = true;
    queueMicrotask(() => {
      this.#announced = false;
      this.dispatchEvent(new Event("change"));
    });
  }

  markOf(step) {
    return markOf(this.#log, step);
  }

  commentOf(step) {
    return commentOf(this.#log, step);
  }

  #marksOnServer() {
    return Object.keys(currentMarks(fold([], this.#record.heads))).length;
  }

  /** Where the stage stands, in one object; see docs/marking.md for the states. */
  get status() {
    const unread = [...this.#made.keys()].filter((id) => !this.#events.some((event) => event.id === id));
    const waiting = this.#events.filter((event) => !event.refusal).length + unread.length;
    const marked = Object.keys(currentMarks(this.#log)).length;
    const { state, code, message } = this.#sync.status;
    return {
      state: state === "idle" && waiting ? "sending" : state,
      code,
      message,
      waiting,
      marked,
      onServer: this.#marksOnServer(),
      total: this.#steps.length,
      complete: marked === this.#steps.length,
      differences: differences(this.#log),
      refused: this.#events.filter((event) => event.refusal),
      durable: this.#store.durable,
      kept: this.kept,
      serverState: this.#record.state ?? "open",
      skew: this.#store.skew,
    };
  }

  /** When the stage ended (null: not yet) and its interruptions, as the server told last; null when it never did. */
  get times() {
    return this.#record.times ?? null;
  }

  /** Return the server's time in milliseconds, as far as this device knows it. */
  now() {
    return Date.now() + this.#store.skew;
  }

  /** Note whether the page can be opened without network. */
  noteKept(kept) {
    this.kept = kept;
    this.#announce();
  }

  // --- With the server -------------------------------------------------------------------------------------------------

  /** Ask for all heads; resolves to whether the server answered, once what it said stands here. */
  async refresh() {
    const answer = await this.#sync.heads(`${this.#url}?device=${this.device}`);
    if (!answer) return false;
    const { heads, state, ended, pauses } = answer;
    await this.#store.saveRun(this.id, { heads, state, times: { ended, pauses } });
    await this.#read();
    return true;
  }

  /** Send what waits now; resolves to whether the server has everything of this stage. */
  async flush() {
    await this.#sync.poke();
    return !(await this.#store.unsent(this.id)).length && !this.#made.size;
  }

  /** Compute the receipt of what stands here. Rejects with Incomplete or InsecureContext of marks-digest. */
  async digest() {
    const text = canonicalText({
      run: this.id,
      assessor: this.user,
      steps: this.#steps,
      marks: currentMarks(this.#log),
      comments: currentComments(this.#log),
    });
    const digest = await sha256(text);
    return { text, digest, code: shortCode(digest) };
  }
}

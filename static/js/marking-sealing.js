// From the marks to the page on which they are sealed. The receipt is computed here, of what this page shows, and handed
// over within this tab: whoever has not looked at the marks on this device comes here first.
import { Incomplete, InsecureContext } from "./marks-device.js";
import { handOver, putAway } from "./marking-receipt.js";
import { fill, texts } from "./marking-words.js";

export class Sealing {
  #wanted;
  #busy = false;

  constructor(run, board, url) {
    this.run = run;
    this.board = board;
    this.url = url;
    this.#wanted = location.hash === "#seal";
    putAway(run.user, run.id);
  }

  /** The assessor wants to seal: to what is missing, or on as soon as the server has everything. */
  want() {
    this.board.saveDrafts();
    const missing = this.board.open();
    if (missing) {
      this.#wanted = false;
      this.board.notices.set("seal", missing.words, { tone: "error" });
      missing.go();
      return;
    }
    this.#wanted = true;
    this.next();
  }

  /** Go on if that is wanted and nothing is in the way; called after every change. */
  async next() {
    if (!this.#wanted || this.#busy) return;
    this.#wanted = !this.board.open();
    if (!this.#wanted) return;
    const { waiting } = this.run.status;
    this.board.notices.set("seal", waiting ? fill(texts.waits, { n: waiting }) : "");
    if (waiting) return;
    this.#busy = true;
    try {
      handOver(this.run.user, this.run.id, await this.run.digest());
      location.assign(this.url);
    } catch (error) {
      this.#wanted = false;
      this.#busy = false;
      if (!(error instanceof Incomplete)) this.board.notices.set("seal", this.#words(error), { tone: "error" });
    }
  }

  #words(error) {
    if (error instanceof InsecureContext) return texts.insecure;
    console.error(error);
    return texts.noReceipt;
  }
}

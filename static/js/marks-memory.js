// Where the browser keeps nothing (IndexedDB is missing, forbidden or full): marks live as long as the page does, and the
// store says so. They are made as a device of their own, so that their sequence numbers never meet those on the disk.
//
// The same functions as marks-disk.js:
//   device, skew, append(event), waiting(), moment(run), run(n), saveRun(n, facts), settle(answer), dismiss(id), saveSkew(ms), forget()
import { advance } from "./marks-log.js";
import { newId } from "./marks-wire.js";

export class MemoryPart {
  device = newId();
  skew = 0;
  #events = [];
  #runs = new Map();
  #last = new Map();

  get size() {
    return this.#events.filter((event) => !event.refusal).length;
  }

  async append(event) {
    const seq = (this.#last.get(event.run) ?? 0) + 1;
    this.#last.set(event.run, seq);
    const kept = { ...event, device: this.device, seq };
    this.#events.push(kept);
    return kept;
  }

  async waiting() {
    return [...this.#events];
  }

  async moment(run) {
    return { events: [...this.#events], record: await this.run(run) };
  }

  async run(run) {
    return this.#runs.get(run) ?? null;
  }

  async saveRun(run, facts) {
    this.#runs.set(run, { ...this.#runs.get(run), run, ...facts });
  }

  async settle({ stored, refused, runs }) {
    const confirmed = new Set(stored.map((event) => event.id));
    this.#events = this.#events
      .filter((event) => !confirmed.has(event.id))
      .map((event) => (refused.has(event.id) ? { ...event, refusal: refused.get(event.id) } : event));
    for (const [run, record] of this.#runs) this.#runs.set(run, advance(record, stored, runs[run]));
  }

  async dismiss(id) {
    this.#events = this.#events.filter((event) => event.id !== id);
  }

  async saveSkew(skew) {
    this.skew = skew;
  }

  async forget() {
    for (const record of this.#runs.values()) delete record.heads;
  }
}

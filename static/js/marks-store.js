// What one author has marked on this device and the server has not confirmed yet, and what the author's sheets look like.
//
//   openStore(user)            -> Promise of a MarksStore; always succeeds
//   store.user, store.device, store.skew
//   store.durable              -> false while new marks live only as long as this page (private window, full disk)
//   store.volatile             -> how many marks would be lost with this page
//   store.append(event)        -> Promise of the event with its sequence number, once the disk (or the memory) has it
//   store.unsent(run?)         -> Promise of the events that wait, oldest first
//   store.refused(run?)        -> Promise of refused events, each with its refusal {code, message}
//   store.counts()             -> Promise of {run: how many wait}
//   store.moment(run)          -> Promise of {events, record}, read at one moment
//   store.settle({stored, refused, runs})   takes an answer of the server in, all at once
//   store.dismiss(id)          -> puts a refused event away
//   store.run(run), store.saveRun(run, {heads, token, marked, state}), store.saveSkew(ms), store.forget()
//   store "change" event       -> something above changed, in this tab or in another one of this browser
import { DiskPart } from "./marks-disk.js";
import { MemoryPart } from "./marks-memory.js";

export { forgetOthers } from "./marks-disk.js";
export { newId } from "./marks-wire.js";

/** Open the marks of `user`. Where the browser keeps nothing, the store works in memory and is not `durable`. */
export async function openStore(user) {
  const disk = await DiskPart.open(user).catch((error) => {
    console.warn("This browser keeps no marks:", error);
    return null;
  });
  return new MarksStore(Number(user), disk);
}

export class MarksStore extends EventTarget {
  #disk;
  #memory = new MemoryPart();
  #tabs;

  constructor(user, disk) {
    super();
    this.user = user;
    this.durable = Boolean(disk);
    this.#disk = disk;
    this.#tabs = new BroadcastChannel(`certbody-marks-${user}`);
    this.#tabs.onmessage = () => this.dispatchEvent(new Event("change"));
  }

  get device() {
    return (this.#disk ?? this.#memory).device;
  }

  /** By how many milliseconds the server's clock is ahead of this device's, as far as is known. */
  get skew() {
    return (this.#disk ?? this.#memory).skew;
  }

  /** How many marks would be lost with this page. */
  get volatile() {
    return this.#memory.size;
  }

  #parts() {
    return this.#disk ? [this.#disk, this.#memory] : [this.#memory];
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
    this.#tabs.postMessage("change");
  }

  /**
   * Keep an event {id, run, step, value | comment and audience, minute, at, skew, replaces}. When the disk refuses it, it
   * is kept in memory and the store is not durable any more; the next one that the disk takes makes it durable again.
   */
  async append(event) {
    const kept = await this.#appendToDisk(event);
    const result = kept ?? (await this.#memory.append(event));
    this.durable = Boolean(kept);
    this.#changed();
    return result;
  }

  async #appendToDisk(event) {
    try {
      return await this.#disk?.append(event);
    } catch (error) {
      console.warn("A mark could not be kept on the disk:", error);
      return null;
    }
  }

  async #all() {
    const lists = await Promise.all(this.#parts().map((part) => part.waiting()));
    return lists.flat();
  }

  async unsent(run) {
    return (await this.#all()).filter((event) => !event.refusal && (run === undefined || event.run === run));
  }

  async refused(run) {
    return (await this.#all()).filter((event) => event.refusal && (run === undefined || event.run === run));
  }

  async counts() {
    const counts = {};
    for (const { run } of await this.unsent()) counts[run] = (counts[run] ?? 0) + 1;
    return counts;
  }

  async moment(run) {
    const [first, second] = await Promise.all(this.#parts().map((part) => part.moment(run)));
    const events = [...first.events, ...(second?.events ?? [])].filter((event) => event.run === run);
    return { events, record: first.record };
  }

  /** `stored` are events as sent, `refused` is a Map from id to {code, message}, `runs` is {run: {heads, marked, state}}. */
  async settle(answer) {
    await Promise.all(this.#parts().map((part) => part.settle(answer)));
    this.#changed();
  }

  async dismiss(id) {
    await Promise.all(this.#parts().map((part) => part.dismiss(id)));
    this.#changed();
  }

  run(run) {
    return this.#parts()[0].run(run);
  }

  async saveRun(run, facts) {
    await this.#parts()[0].saveRun(run, facts);
    this.#changed();
  }

  async saveSkew(skew) {
    await this.#parts()[0].saveSkew(skew);
  }

  /** Forget what stands on the author's sheets, e.g. on signing out. Unsent marks stay. */
  async forget() {
    await Promise.all(this.#parts().map((part) => part.forget()));
  }
}

// One author's marks in IndexedDB: a database for each author, so that nothing of one is ever read for another.
//
// Stores: `events`  what the server has not confirmed, in the order made; a refused one stays, with its refusal
//         `runs`    by stage: the last sequence number, the heads that the server has, the token for a file
//         `facts`   the device's identifier, made once, and by how much its clock differs from the server's
//
// Every write waits until the disk has it ("strict"): a mark that the page calls kept survives a loss of power.
import { advance } from "./marks-log.js";
import { newId } from "./marks-wire.js";

export const PREFIX = "certbody-marks-";
const VERSION = 1;
const PATIENCE = 10_000;

const answered = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

function makeStores(database) {
  database.createObjectStore("events", { keyPath: "order", autoIncrement: true }).createIndex("id", "id", { unique: true });
  database.createObjectStore("runs", { keyPath: "run" });
  database.createObjectStore("facts");
}

/** Open the database `name`. A page of an earlier release also opens what a later one has made: stores are only added. */
function connect(name, version) {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, version);
    request.onupgradeneeded = () => makeStores(request.result);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    setTimeout(() => reject(new Error("IndexedDB does not answer")), PATIENCE);
  });
}

export class DiskPart {
  device = "";
  skew = 0;
  #name;
  #connection = null;

  /** Open the part of `user`; rejects where the browser keeps nothing. */
  static async open(user) {
    const part = new DiskPart();
    part.#name = PREFIX + user;
    await part.#inside("readwrite", async ({ facts }) => {
      part.device = (await answered(facts.get("device"))) ?? newId();
      part.skew = (await answered(facts.get("skew"))) ?? 0;
      facts.put(part.device, "device");
    });
    return part;
  }

  #connect() {
    this.#connection ??= this.#open().catch((error) => {
      this.#connection = null;
      throw error;
    });
    return this.#connection;
  }

  async #open() {
    const database = await connect(this.#name, VERSION).catch((error) => {
      if (error?.name !== "VersionError") throw error;
      return connect(this.#name);
    });
    const lost = () => {
      this.#connection = null;
    };
    database.onclose = lost;
    database.onversionchange = () => {
      lost();
      database.close(); // a later release wants to add a store; the next call opens what it has made
    };
    return database;
  }

  /** Do `work` in one transaction over all stores and resolve to its result once the disk has everything. */
  async #inside(mode, work) {
    const database = await this.#connect();
    const transaction = database.transaction(["events", "runs", "facts"], mode, { durability: "strict" });
    const finished = new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = () => reject(transaction.error ?? new Error("given up"));
    });
    finished.catch(() => {}); // told below, also when the work itself fails first
    const stores = Object.fromEntries(["events", "runs", "facts"].map((name) => [name, transaction.objectStore(name)]));
    const result = await work(stores);
    await finished;
    return result;
  }

  /** Keep an event; its sequence number is given out in the same transaction, also when two tabs ask at once. */
  append(event) {
    return this.#inside("readwrite", async ({ events, runs }) => {
      const record = (await answered(runs.get(event.run))) ?? { run: event.run, seq: 0 };
      const kept = { ...event, device: this.device, seq: record.seq + 1 };
      runs.put({ ...record, seq: kept.seq });
      await answered(events.add(kept));
      return kept;
    });
  }

  /** Return every kept event, oldest first. */
  waiting() {
    return this.#inside("readonly", ({ events }) => answered(events.getAll()));
  }

  /** Return the events and what is known of a stage as they were at one moment. */
  moment(run) {
    return this.#inside("readonly", async ({ events, runs }) => {
      const [kept, record] = await Promise.all([answered(events.getAll()), answered(runs.get(run))]);
      return { events: kept, record: record ?? null };
    });
  }

  async run(run) {
    return (await this.moment(run)).record;
  }

  saveRun(run, facts) {
    return this.#inside("readwrite", async ({ runs }) => {
      const record = (await answered(runs.get(run))) ?? { run, seq: 0 };
      runs.put({ ...record, ...facts });
    });
  }

  /** Take the server's answer in: confirmed events go, refused ones are noted, and the heads follow, all at once. */
  settle({ stored, refused, runs: answers }) {
    const confirmed = new Set(stored.map((event) => event.id));
    return this.#inside("readwrite", async ({ events, runs }) => {
      for (const event of await answered(events.getAll())) {
        if (confirmed.has(event.id)) events.delete(event.order);
        else if (refused.has(event.id)) events.put({ ...event, refusal: refused.get(event.id) });
      }
      const touched = new Set([...stored.map((event) => event.run), ...Object.keys(answers).map(Number)]);
      for (const run of touched) {
        const record = await answered(runs.get(run));
        if (record) runs.put(advance(record, stored, answers[run]));
      }
    });
  }

  dismiss(id) {
    return this.#inside("readwrite", async ({ events }) => {
      const order = await answered(events.index("id").getKey(id));
      if (order !== undefined) events.delete(order);
    });
  }

  async saveSkew(skew) {
    this.skew = skew;
    await this.#inside("readwrite", async ({ facts }) => facts.put(skew, "skew"));
  }

  /** Forget what stands on the author's sheets; what was never sent, and the tokens to save it as a file, stay. */
  forget() {
    return this.#inside("readwrite", async ({ runs }) => {
      for (const { run, seq, token } of await answered(runs.getAll())) runs.put({ run, seq, token });
    });
  }
}

/** Forget what stands on the sheets of everybody but `user`, e.g. because somebody else has signed in on this device. */
export async function forgetOthers(user) {
  for (const { name } of (await indexedDB.databases?.()) ?? []) {
    if (name.startsWith(PREFIX) && name !== PREFIX + user) await (await DiskPart.open(name.slice(PREFIX.length))).forget();
  }
}

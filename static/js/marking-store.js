// Marks that the server has not confirmed yet, kept in the browser so that a reload loses none. Every mark is an entry of its
// own, named by its author and stage: tabs never overwrite each other's, and nobody else ever reads or sends them.

/** A random UUID; crypto.randomUUID is missing where a page is served without TLS. */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

export class MarkStore {
  #prefix;
  #memory = new Map();
  #last = 0;

  constructor(assessor, run) {
    this.#prefix = `marking:${assessor}:${run}:`;
    this.#last = Math.max(0, ...this.all().map((mark) => Number(mark.order)));
  }

  /** A name that sorts after those of all earlier marks, even when the clock of the device is set back in between. */
  #orderNow() {
    this.#last = Math.max(Date.now(), this.#last + 1);
    return String(this.#last).padStart(15, "0");
  }

  /** Every kept mark, oldest first. */
  all() {
    const found = new Map(this.#memory);
    try {
      const keys = Object.keys(localStorage).filter((key) => key.startsWith(this.#prefix));
      for (const key of keys) found.set(key, JSON.parse(localStorage.getItem(key)));
    } catch {
      // The browser keeps nothing for this site: what this page holds is all there is.
    }
    return [...found.entries()].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, mark]) => mark);
  }

  put(mark) {
    mark.order ??= this.#orderNow();
    const key = this.#key(mark);
    try {
      localStorage.setItem(key, JSON.stringify(mark));
      this.#memory.delete(key);
    } catch {
      this.#memory.set(key, mark);
    }
  }

  drop(mark) {
    const key = this.#key(mark);
    this.#memory.delete(key);
    try {
      localStorage.removeItem(key);
    } catch {
      // Nothing was kept.
    }
  }

  #key(mark) {
    return `${this.#prefix}${mark.order}:${mark.id}`;
  }
}

// Marks that the server has not confirmed yet, kept in the browser so that a reload loses none. Every mark is an entry of its
// own, named by its author and stage: tabs never overwrite each other's, and nobody else ever reads or sends them.

let counter = 0;

/** Names that sort in the order in which marks were made, also across tabs. */
const orderNow = () => `${String(Date.now()).padStart(15, "0")}-${String((counter += 1)).padStart(6, "0")}`;

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

  constructor(assessor, run) {
    this.#prefix = `marking:${assessor}:${run}:`;
  }

  /** Every kept mark, oldest first. */
  all() {
    const found = new Map(this.#memory);
    try {
      for (const key of Object.keys(localStorage)) {
        if (key.startsWith(this.#prefix)) found.set(key, JSON.parse(localStorage.getItem(key)));
      }
    } catch {
      // The browser keeps nothing for this site: what this page holds is all there is.
    }
    return [...found.entries()].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, mark]) => mark);
  }

  put(mark) {
    mark.order ??= orderNow();
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

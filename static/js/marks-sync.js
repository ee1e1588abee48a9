// Brings what an author has marked on this device to the server: oldest first, until the server has each, with nothing to
// press. Sending again is harmless, the server knows every event by its id.
//
//   const sync = new MarksSync(store, {url, csrfCookie}); sync.start()
//   sync.status      -> {state, code, message}; state is "idle", "sending", "offline", "signed-out", "other-user" or
//                       "failing" (the server or the browser's storage does not work; `message` may say why)
//   sync.watch(run)  -> a marking page is open: report every 30 s how much is unsent here
//   sync.poke()      -> Promise, true when everything that waited is on the server now
//   sync.heads(url)  -> Promise of what the server has of a stage, or null; never interleaves with sending
//   "change" event   -> the status is another one; detail {stored, refused} after an answer
import { VERSION, wireOf } from "./marks-wire.js";

const PAUSES = [1, 2, 4, 8, 15, 30];
const HEARTBEAT = 30_000;
const TIMEOUT = 15_000;
const MOST_EVENTS = 200;

function cookie(name) {
  const found = document.cookie.split("; ").find((one) => one.startsWith(`${name}=`));
  return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
}

/** Only one tab of a browser sends at a time. Where there are no locks (no https), the server sorts doubles out. */
function alone(user, work) {
  if (!navigator.locks) return work();
  return navigator.locks.request(`certbody-marks-${user}`, { signal: AbortSignal.timeout(2 * TIMEOUT) }, work);
}

/** Why nothing was stored, as a status; null for an answer that can be read further. */
function trouble(response, answer) {
  if (response.type === "opaqueredirect" || response.status === 401) return { state: "signed-out" };
  if (response.ok && Array.isArray(answer?.stored)) return null;
  if (answer?.code === "other_user") return { state: "other-user", ...answer };
  // A page instead of an answer: the session or its token is of another time; signing in again mends both.
  if (response.status === 403 && !answer) return { state: "signed-out" };
  return { state: "failing", code: answer?.code ?? String(response.status), message: answer?.message ?? "" };
}

export class MarksSync extends EventTarget {
  #store;
  #url;
  #csrfCookie;
  #watched = new Set();
  #failures = 0;
  #timer = 0;
  #running = null;
  #again = false;
  #contact = 0;
  #limit = MOST_EVENTS;
  status = { state: navigator.onLine ? "idle" : "offline", code: "", message: "" };

  constructor(store, { url, csrfCookie }) {
    super();
    this.#store = store;
    this.#url = url;
    this.#csrfCookie = csrfCookie;
  }

  /** Send now and whenever there is a reason to think that it might work. */
  start() {
    const hurry = () => {
      if (document.visibilityState === "visible") this.poke();
    };
    window.addEventListener("online", hurry);
    window.addEventListener("pageshow", hurry);
    document.addEventListener("visibilitychange", hurry);
    window.addEventListener("offline", () => this.#tell({ state: "offline" }));
    this.#store.addEventListener("change", () => this.poke());
    setInterval(() => this.#beat(), HEARTBEAT);
    this.poke();
  }

  watch(run) {
    this.#watched.add(run);
    this.poke();
  }

  #beat() {
    if (this.#watched.size && Date.now() - this.#contact > HEARTBEAT / 2) this.#contact = 0;
    this.poke();
  }

  poke() {
    clearTimeout(this.#timer);
    this.#again = true;
    this.#running ??= this.#drain().finally(() => {
      this.#running = null;
      if (this.#again && !this.#failures) this.poke(); // something came while the last round was ending
    });
    return this.#running;
  }

  /** Send until nothing is left, or until it does not work: then try again after a while. */
  async #drain() {
    let found = null;
    while (this.#again && !found) {
      this.#again = false;
      found = await this.#round().catch((error) => this.#broken(error));
    }
    this.#failures = found ? this.#failures + 1 : 0;
    if (found) {
      const pause = PAUSES[Math.min(this.#failures, PAUSES.length) - 1];
      this.#timer = setTimeout(() => this.poke(), pause * 1000);
    }
    this.#tell(found ?? { state: navigator.onLine ? "idle" : "offline" });
    return !found;
  }

  #broken(error) {
    if (error?.name === "AbortError" || error?.name === "TimeoutError") return { state: "sending" }; // another tab sends
    console.warn("The marks of this device cannot be read:", error);
    return { state: "failing", code: "storage", message: "" };
  }

  /** Returns null when everything is sent, otherwise the trouble. */
  async #round() {
    const beat = this.#watched.size > 0 && this.#contact === 0;
    if (!beat && !(await this.#store.unsent()).length) return null;
    return alone(this.#store.user, async () => {
      let first = beat;
      for (;;) {
        const waiting = await this.#store.unsent();
        if (!waiting.length && !first) return null;
        first = false;
        if (waiting.length && !this.#failures) this.#tell({ state: "sending" });
        const found = await this.#send(waiting);
        if (found) return found;
      }
    });
  }

  /** Send the oldest of what waits; events of one batch were all made as the same device. */
  async #send(waiting) {
    const device = waiting[0]?.device ?? this.#store.device;
    const batch = waiting.filter((event) => event.device === device).slice(0, this.#limit);
    const { response, answer, took, found } = await this.#post(device, batch, waiting);
    if (found) return found;
    if (response.status === 413 && this.#limit > 1) {
      this.#limit = Math.ceil(this.#limit / 4);
      return null;
    }
    const wrong = trouble(response, answer);
    if (wrong) return wrong;
    this.#contact = Date.now();
    await this.#learnTime(answer.now, took);
    return this.#settle(batch, answer);
  }

  async #post(device, batch, waiting) {
    const unsent = Object.fromEntries([...this.#watched].map((run) => [run, 0]));
    for (const { id, run } of waiting) unsent[run] = (unsent[run] ?? 0) + (batch.some((one) => one.id === id) ? 0 : 1);
    const { user } = this.#store;
    const body = { v: VERSION, assessor: user, device, now: Date.now(), unsent, events: batch.map(wireOf) };
    const begun = performance.now();
    try {
      const response = await fetch(this.#url, {
        method: "POST",
        redirect: "manual",
        signal: AbortSignal.timeout(TIMEOUT),
        headers: { "Content-Type": "application/json", "X-CSRFToken": this.#token() },
        body: JSON.stringify(body),
      });
      const answer = await response.json().catch(() => null);
      return { response, answer, took: performance.now() - begun };
    } catch (error) {
      return { found: { state: error.name === "TimeoutError" ? "failing" : "offline", code: "", message: "" } };
    }
  }

  /** The token is read when it is needed: a new sign-in makes a new one. */
  #token() {
    return cookie(this.#csrfCookie) || (document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "");
  }

  async #learnTime(now, took) {
    const skew = Math.round(now + took / 2 - Date.now());
    if (Math.abs(skew - this.#store.skew) > took / 2 + 100) await this.#store.saveSkew(skew);
  }

  async #settle(batch, { stored, refused = [], runs = {} }) {
    const final = new Map();
    for (const { id, index, code, message } of refused) {
      const event = batch.find((one) => one.id === id) ?? batch[index];
      if (event && code !== "batch") final.set(event.id, { code, message });
    }
    const known = batch.filter((event) => stored.includes(event.id));
    if (batch.length) await this.#store.settle({ stored: known, refused: final, runs });
    if (batch.length && !known.length && !final.size) return { state: "failing", code: "batch", message: "" };
    this.dispatchEvent(new CustomEvent("change", { detail: { stored: known, refused: final } }));
    return null;
  }

  /** Ask for what the server has of a stage, between two batches, so that no answer is older than a confirmed mark. */
  async heads(url) {
    try {
      return await alone(this.#store.user, async () => {
        const begun = performance.now();
        const response = await fetch(url, { redirect: "manual", signal: AbortSignal.timeout(TIMEOUT) });
        const answer = response.ok ? await response.json() : null;
        if (answer) await this.#learnTime(answer.now, performance.now() - begun);
        return answer;
      });
    } catch {
      return null; // sending tells what is wrong
    }
  }

  #tell({ state, code = "", message = "" }) {
    if (state === this.status.state && code === this.status.code) return;
    this.status = { state, code, message };
    this.dispatchEvent(new CustomEvent("change", { detail: { stored: [], refused: new Map() } }));
  }
}

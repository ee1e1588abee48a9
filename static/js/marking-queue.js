// Sends marks one at a time, in the order in which they were made, and tries again until the server has each.

const PAUSES = [1, 2, 4, 8, 15];
const TIMEOUT = 10_000;

/** What became of a sent mark: "saved", "clash", "refused", "signed-out", "other-user" or "retry". */
async function outcomeOf(response) {
  if (response.type === "opaqueredirect" || response.status === 401) return { kind: "signed-out" };
  if (response.status >= 500 || response.status === 429 || response.status === 408) return { kind: "retry" };
  const answer = await response.json().catch(() => null);
  if (response.ok) return answer ? { kind: "saved", ...answer } : { kind: "retry" };
  // A page instead of an answer: the session or its token is of another time.
  if (!answer) return { kind: response.status === 403 ? "signed-out" : "refused", message: "" };
  if (answer.code === "other_user") return { kind: "other-user" };
  if (answer.code === "conflict") return { kind: "clash", current: answer.current };
  return { kind: "refused", code: answer.code, message: answer.message };
}

export class MarkQueue {
  #waiting = [];
  #failures = 0;
  #running = false;
  #wake = null;
  #send;
  #on;

  /** `send(mark)` fetches; `on(event, mark, details)` hears "saving", "retrying" and the outcomes. */
  constructor(send, on) {
    this.#send = send;
    this.#on = on;
  }

  get size() {
    return this.#waiting.length;
  }

  get failing() {
    return this.#failures > 0;
  }

  has(step) {
    return this.#waiting.some((mark) => mark.step === step);
  }

  push(mark) {
    this.#waiting.push(mark);
    this.#run();
  }

  /** Take every waiting mark of a step out, e.g. because what they follow was refused; returns them. */
  withdraw(step) {
    const taken = this.#waiting.filter((mark) => mark.step === step);
    this.#waiting = this.#waiting.filter((mark) => mark.step !== step);
    return taken;
  }

  /** Try at once, without waiting for the pause to end. */
  hurry() {
    this.#wake?.();
    this.#run();
  }

  async #run() {
    if (this.#running) return;
    this.#running = true;
    while (this.#waiting.length) {
      const mark = this.#waiting[0];
      this.#on("saving", mark);
      const outcome = await this.#attempt(mark);
      if (outcome.kind === "signed-out" || outcome.kind === "other-user") {
        this.#failures += 1;
        this.#on(outcome.kind, mark, outcome);
        break;
      }
      if (outcome.kind === "retry") {
        await this.#pause(mark);
        continue;
      }
      this.#failures = 0;
      this.#waiting = this.#waiting.filter((one) => one !== mark);
      this.#on(outcome.kind, mark, outcome);
    }
    this.#running = false;
  }

  async #attempt(mark) {
    try {
      return await outcomeOf(await this.#send(mark, AbortSignal.timeout(TIMEOUT)));
    } catch {
      return { kind: "retry" };
    }
  }

  async #pause(mark) {
    const seconds = PAUSES[Math.min(this.#failures, PAUSES.length - 1)];
    this.#failures += 1;
    this.#on("retrying", mark, { seconds });
    await new Promise((resolve) => {
      const timer = setTimeout(resolve, seconds * 1000);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = null;
  }
}

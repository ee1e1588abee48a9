// The clocks: always the difference between now and moments that the server stamped, never a count of what is left, so that
// they are right after sleep, after a reload and on a second device. Interruptions are no time of the exam.
import { clockText, fill, texts } from "./marking-words.js";

const MINUTE = 60_000;
const SOON = 2; // minutes before the minimum
const WARNINGS = [1, 5]; // minutes before the end of the exam

/** How much of the time between two moments was no interruption; `pauses` are [from, until or null], perhaps overlapping. */
export function elapsed(from, until, pauses) {
  let total = 0;
  let at = from;
  for (const [begun, over] of [...pauses].sort(([one], [other]) => one - other)) {
    total += Math.max(0, Math.min(begun, until) - at);
    at = Math.max(at, Math.min(over ?? until, until));
  }
  return total + Math.max(0, until - at);
}

/** The phase of a stage: {name, tone, word}; a new name is said aloud. */
export function stagePhase({ spent, minMinutes, ended, paused }) {
  if (paused) return { name: "interrupted", tone: "warn", word: texts.interrupted };
  const left = (minMinutes ?? 0) * MINUTE - spent;
  if (minMinutes && left <= 0) return { name: "reached", tone: "good", word: texts.reached };
  if (ended) return minMinutes ? { name: "below", tone: "bad", word: texts.below } : { name: "ended", tone: "", word: texts.ended };
  if (minMinutes && left <= SOON * MINUTE) return { name: "soon", tone: "info", word: fill(texts.soon, { n: Math.ceil(left / MINUTE) }) };
  return { name: "", tone: "", word: "" };
}

/** The phase of the exam as a whole. */
export function examPhase({ spent, maxMinutes, paused }) {
  const left = maxMinutes * MINUTE - spent;
  if (left < 0) return { name: "over", tone: "bad", word: fill(texts.over, { time: clockText(-left) }) };
  if (paused) return { name: "interrupted", tone: "warn", word: texts.interrupted };
  const step = WARNINGS.find((minutes) => left <= minutes * MINUTE);
  if (step) return { name: `left-${step}`, tone: "warn", word: fill(texts.minutesLeft, { n: Math.ceil(left / MINUTE) }) };
  return { name: "", tone: "", word: "" };
}

class Clock {
  #phase = null;

  constructor(name) {
    this.place = document.querySelector(`[data-clock="${name}"]`);
    this.time = this.place.querySelector(".marking-time");
    this.state = this.place.querySelector(".marking-clock-state");
  }

  /** Returns the word of a phase that has just begun, "" otherwise. */
  show(spent, { name, tone, word }) {
    this.time.textContent = clockText(spent);
    this.place.dataset.tone = tone;
    if (this.state.textContent !== word) this.state.textContent = word;
    const isNew = this.#phase !== null && this.#phase !== name;
    this.#phase = name;
    return isNew ? word : "";
  }
}

export class Clocks {
  #stage = new Clock("stage");
  #exam = new Clock("exam");
  #said = document.getElementById("marking-time-said");

  /** `now` gives the server's time, `times` {ended, pauses} as far as they are known. */
  constructor(facts, now, times) {
    this.facts = facts;
    this.now = now;
    this.times = times;
  }

  start() {
    this.tick();
    setInterval(() => this.tick(), 1000);
    document.addEventListener("visibilitychange", () => this.tick());
  }

  tick() {
    const { started, examStart, minMinutes, examMinutes, othersEnded } = this.facts;
    const { ended, pauses } = this.times();
    const now = this.now();
    const paused = !ended && pauses.some(([, over]) => over === null);
    const inStage = elapsed(started, ended ?? now, pauses);
    const over = ended && othersEnded !== null ? Math.max(ended, othersEnded) : now;
    const inExam = elapsed(examStart ?? started, over, pauses);
    const first = this.#stage.show(inStage, stagePhase({ spent: inStage, minMinutes, ended, paused }));
    const second = this.#exam.show(inExam, examPhase({ spent: inExam, maxMinutes: examMinutes, paused }));
    const words = [first && `${texts.stage}: ${first}.`, second && `${texts.exam}: ${second}.`].filter(Boolean).join(" ");
    if (words) this.#said.textContent = words;
  }
}

/** Keep the screen awake while the stage runs, where the browser can. */
export function stayAwake(isRunning) {
  const ask = () => {
    if (document.visibilityState === "visible" && isRunning()) navigator.wakeLock?.request("screen").catch(() => {});
  };
  ask();
  document.addEventListener("visibilitychange", ask);
}

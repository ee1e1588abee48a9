// The clocks: always the difference between now and a moment that the server stamped, never a count of what is left, so that
// they are right after sleep, after a reload and on a second device. The device's own clock may be wrong: the server's time at
// the loading of the page says by how much.

const MINUTE = 60_000;

function show(element, elapsed, word) {
  const seconds = Math.max(0, Math.floor(elapsed / 1000));
  element.querySelector(".marking-time").textContent =
    `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  const state = element.querySelector(".marking-clock-state");
  if (state.textContent !== word) state.textContent = word;
}

function stageState(facts, texts, elapsed) {
  if (!facts.minMinutes) return ["", facts.stageEnd ? texts.ended : ""];
  const reached = elapsed >= facts.minMinutes * MINUTE;
  if (reached) return ["good", texts.reached];
  return facts.stageEnd ? ["bad", texts.below] : ["", ""];
}

/** Keep both clocks of the bar going. */
export function runClocks(facts, texts) {
  const ahead = facts.now - Date.now();
  const [stage, exam] = ["stage", "exam"].map((name) => document.querySelector(`[data-clock="${name}"]`));
  const tick = () => {
    const now = facts.stageEnd ?? Date.now() + ahead;
    const inStage = now - facts.stageStart;
    const inExam = now - (facts.examStart ?? facts.stageStart);
    const [tone, word] = stageState(facts, texts, inStage);
    stage.dataset.tone = tone;
    show(stage, inStage, word);
    const over = inExam > facts.examMinutes * MINUTE;
    exam.dataset.tone = over ? "bad" : "";
    show(exam, inExam, over ? texts.over : "");
  };
  tick();
  if (!facts.stageEnd) setInterval(tick, 1000);
}

/** Keep the screen awake while the stage runs, where the browser can. */
export function stayAwake() {
  const ask = () => {
    if (document.visibilityState === "visible") navigator.wakeLock?.request("screen").catch(() => {});
  };
  ask();
  document.addEventListener("visibilitychange", ask);
}

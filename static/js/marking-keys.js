// The keyboard of the marking page. Keys act on the step that has the focus; while a comment is typed they are letters.

const typing = (target) => target.closest("textarea, input, select, dialog");

export function listenForMarkingKeys(board) {
  const actions = {
    j: () => board.move(1),
    k: () => board.move(-1),
    y: () => board.markFocused(true),
    n: () => board.markFocused(false),
    c: () => board.commentFocused(),
    u: () => board.nextUnmarked(),
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (typing(event.target)) {
      if (event.key === "Escape") event.target.closest(".mark-row")?.focus();
      return;
    }
    const inRow = event.target.closest(".mark-row");
    const act = actions[event.key.toLowerCase()] ?? (inRow && { ArrowDown: actions.j, ArrowUp: actions.k }[event.key]);
    if (!act) return;
    event.preventDefault();
    act();
  });
}

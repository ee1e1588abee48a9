// The keyboard of the marking page. Keys act on the step that has the focus; while a comment is written they are letters.
// They can be switched off in the list under `?`, as all single keys of the site (WCAG 2.1.4).

const writing = (target) => target.closest("textarea, input, select, dialog, .mark-editor");

export function listenForMarkingKeys(board) {
  const actions = {
    j: () => board.move(1),
    k: () => board.move(-1),
    y: () => board.markFocused(true),
    n: () => board.markFocused(false),
    c: () => board.commentFocused(),
    u: () => board.nextUnmarked(),
  };
  const arrows = { ArrowDown: actions.j, ArrowUp: actions.k };
  const isOn = document.getElementById("shortcuts-on");
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat && !(event.key in arrows)) return;
    if (document.querySelector("dialog[open]") || writing(event.target)) return;
    const letter = isOn?.checked === false ? undefined : actions[event.key.toLowerCase()];
    const act = letter ?? (event.target.closest(".mark-row") ? arrows[event.key] : undefined);
    if (!act) return;
    event.preventDefault();
    act();
  });
}

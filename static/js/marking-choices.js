// The questions of a row: two marks of the assessor's own devices that differ, a comment that was changed elsewhere while
// one was being typed, and marks that the server refused. Nothing is decided without the assessor.
//
//   choicesFor({mark, comment, draft, refused}, acts)  -> elements for the box of a row or of the stage, none when all is well
import { button, describe, element, fill, icon, origin, texts } from "./marking-words.js";

const content = (head) => JSON.stringify("comment" in head ? head.comment && [head.comment, head.audience] : head.value);

/** One of several standing events for each thing that is said, the latest. */
const distinct = (heads) => [...new Map(heads.map((head) => [content(head), head])).values()];

function question(words, choices) {
  const group = element("div", { class: "mark-question", role: "group", "aria-label": words });
  group.append(element("p", {}, icon("alert"), element("span", {}, words)), ...choices);
  return group;
}

function choice(label, small, act) {
  const made = button(element("span", {}, label), act, "btn btn-secondary mark-choose");
  if (small) made.append(element("small", {}, small));
  return made;
}

const heads = (found, choose) => distinct(found.heads).map((head) => choice(describe(head), origin(head), () => choose(head)));

function refusal(event, { again, leave }, locked) {
  const words = `${fill(texts.notStored, { mark: describe(event) })} ${event.refusal.message || texts.odd}`;
  const acts = [button(texts.leaveOut, () => leave(event))];
  if (!locked) acts.unshift(button(texts.again, () => again(event), "btn btn-primary"));
  return question(words, acts);
}

/** `draft` is what is typed and not kept yet, {text, audience}, where it meets another comment. */
export function choicesFor({ mark, comment, draft, refused, locked }, acts) {
  const found = refused.map((event) => refusal(event, acts, locked));
  if (locked) return found;
  if (mark?.difference) found.push(question(texts.differ, heads(mark, acts.chooseMark)));
  if (draft) {
    const mine = choice(describe({ comment: draft.text, audience: draft.audience }), texts.typedHere, acts.keepDraft);
    found.push(question(texts.commentChanged, [mine, ...heads(comment, acts.chooseComment)]));
  } else if (comment.difference) {
    found.push(question(texts.commentsDiffer, heads(comment, acts.chooseComment)));
  }
  return found;
}

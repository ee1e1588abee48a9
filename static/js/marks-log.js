// What stands on a sheet, derived from its events: pure code, the same as the server's exams/marklog.py.
//
// An event names in `replaces` the events that its author saw standing at the same place: a step (null: the stage as a
// whole) and a kind, mark or comment. What no other event replaces, stands: a head. Several heads that say the same are
// the mark; several that differ are a difference between devices, settled by a further event that replaces them all.
//
//   fold(events, known)        -> log: Map from place to its heads
//   standing(log, step, kind)  -> the heads of a place
//   markOf(log, step)          -> {value, difference, waiting, keeping, heads}; waiting: not on the server yet,
//   commentOf(log, step)       -> {text, audience, ...}                         keeping: not even on the disk yet
//   currentMarks(log)          -> {step: bool} of the steps with one definite mark
//   currentComments(log)       -> [{step, text, audience}]
//   differences(log)           -> [{step, kind}]
//   advance(record, confirmed, answer) -> what is known of a stage after an answer of the server
import { headOf } from "./marks-wire.js";

/** Tell whether an event is a "mark" or a "comment". */
export const kindOf = (event) => ("comment" in event ? "comment" : "mark");

/** Name the place that an event is about; a code of a step holds no space. */
export const placeOf = (step, kind) => `${kind} ${step ?? ""}`;

const content = (head) =>
  JSON.stringify(kindOf(head) === "mark" ? head.value : head.comment && [head.comment, head.audience]);

const earlier = (one, other) => one.at - other.at || (one.id < other.id ? -1 : 1);

/**
 * Derive the heads of every place from `events`, each with its `replaces`, and from `known`: heads that the server
 * named, of which what they replaced is not told. The order and repetition of events make no difference.
 */
export function fold(events, known = []) {
  const all = new Map([...known, ...events].map((event) => [event.id, event]));
  const replaced = new Set(); // only within a place: an event about one step cannot take back a mark of another
  const at = (event, id) => `${placeOf(event.step, kindOf(event))} ${id}`;
  for (const event of all.values()) for (const id of event.replaces ?? []) if (id !== event.id) replaced.add(at(event, id));
  return byPlace([...all.values()].filter((event) => !replaced.has(at(event, event.id))).sort(earlier));
}

function byPlace(heads) {
  const places = new Map();
  for (const head of heads) {
    const place = placeOf(head.step, kindOf(head));
    places.set(place, [...(places.get(place) ?? []), head]);
  }
  return places;
}

/** Return the heads of a place, oldest first. */
export const standing = (log, step, kind) => log.get(placeOf(step, kind)) ?? [];

/** Tell whether heads of one place say different things. */
export const differ = (heads) => new Set(heads.map(content)).size > 1;

const summary = (heads) => ({
  difference: differ(heads),
  waiting: heads.some((head) => head.waiting),
  keeping: heads.some((head) => head.keeping),
  heads,
});

/** Return the mark of a step; its value is null while unmarked, taken back, or different between devices. */
export function markOf(log, step) {
  const found = summary(standing(log, step, "mark"));
  return { value: found.difference ? null : (found.heads[0]?.value ?? null), ...found };
}

/** Return the comment on a step, or on the stage (null); its text is "" while there is none, or several that differ. */
export function commentOf(log, step) {
  const found = summary(standing(log, step, "comment"));
  const head = found.difference ? undefined : found.heads[0];
  return { text: head?.comment ?? "", audience: head?.audience ?? "", ...found };
}

/** Return the marks that hold, by step. */
export function currentMarks(log) {
  const marks = {};
  for (const heads of log.values()) {
    const [{ step, value }] = heads;
    if (kindOf(heads[0]) === "mark" && value !== null && !differ(heads)) marks[step] = value;
  }
  return marks;
}

/** Return the comments that hold. */
export function currentComments(log) {
  return [...log.values()]
    .filter((heads) => kindOf(heads[0]) === "comment" && heads[0].comment && !differ(heads))
    .map(([{ step, comment, audience }]) => ({ step, text: comment, audience }));
}

/** Return the places on which devices differ. */
export function differences(log) {
  return [...log.values()].filter(differ).map(([head]) => ({ step: head.step, kind: kindOf(head) }));
}

/**
 * Bring what is known of a stage up to an answer of the server: `record` holds its `heads`, `confirmed` are the events
 * of any stage that are now stored, `answer` is {heads, marked, state}. The server names the heads of a place only when
 * they are not exactly the event that was sent last. A record whose heads were forgotten does not get some of them back.
 */
export function advance(record, confirmed, { heads: answered = [], ...facts } = {}) {
  if (!record.heads) return { ...record, ...facts };
  const own = confirmed.filter((event) => event.run === record.run);
  const last = [...byPlace(own)].map(([place, events]) => [place, [headOf(events.at(-1))]]);
  const heads = new Map([...byPlace(record.heads), ...last, ...byPlace(answered)]);
  return { ...record, ...facts, heads: [...heads.values()].flat() };
}

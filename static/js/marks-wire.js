// How a mark looks on its way to the server: version 1 of the protocol, see exams/wire.py.
//
//   newId()        -> a random UUID
//   wireOf(event)  -> the event as it is sent and as it stands in a file of unsent marks
//   headOf(event)  -> the event as the server will name it once it stands

export const VERSION = 1;

/** Make a random UUID; crypto.randomUUID is missing where a page is served without TLS. */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

const saying = (event) =>
  "comment" in event ? { comment: event.comment, audience: event.audience } : { value: event.value };

/** Return exactly the fields that the server knows; it refuses an event with any other. */
export function wireOf(event) {
  const { id, run, seq, step, minute, at, skew, replaces } = event;
  return { id, run, seq, step, ...saying(event), minute, at, skew, replaces };
}

/** Return the head that a confirmed event becomes; its moment is that of the server's clock. */
export function headOf(event) {
  const { id, step, minute, at, skew, device } = event;
  return { id, step, ...saying(event), at: at + skew, minute, device: device.slice(0, 8), here: true };
}

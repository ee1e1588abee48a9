// The receipt of an assessor's marks: their canonical text, its SHA-256 and the short code that is read out and printed.
// Byte for byte the same as the server's exams/canonical.py; tests/vectors/receipt.json holds examples that both keep.
//
//   canonicalText({run, assessor, steps, marks, comments}) -> text; throws Incomplete
//   sha256(text)    -> Promise of hexadecimal; throws InsecureContext
//   shortCode(hex)  -> "XXXX-XXXX"

const FORMAT = "certbody-marks 1";
const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** A step is unmarked or differs between devices: there is nothing to take a digest of. `step` says which. */
export class Incomplete extends Error {
  constructor(step) {
    super(`step ${step} has no mark`);
    this.step = step;
  }
}

/** The page was not served over https, so that the browser computes no digests. */
export class InsecureContext extends Error {
  constructor() {
    super("SHA-256 needs a page served over https");
  }
}

const escaped = (text) => text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll("\r", "\\r");

/**
 * Return the canonical text. `steps` are all codes in the order of the checklist, `marks` is {code: bool},
 * `comments` is [{step, text, audience}] with step null for the stage as a whole.
 */
export function canonicalText({ run, assessor, steps, marks, comments = [] }) {
  const lines = [FORMAT, `run ${run}`, `assessor ${assessor}`];
  for (const step of steps) {
    if (typeof marks[step] !== "boolean") throw new Incomplete(step);
    lines.push(`${step} ${marks[step] ? "met" : "not_met"}`);
  }
  for (const step of [null, ...steps]) {
    const said = comments.find((one) => one.step === step && one.text);
    if (said) lines.push(`${step ?? "*"} comment ${said.audience} ${escaped(said.text)}`);
  }
  return `${lines.join("\n")}\n`;
}

/** Return the SHA-256 of a text in hexadecimal. */
export async function sha256(text) {
  if (!globalThis.crypto?.subtle) throw new InsecureContext();
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Return the first forty bits of a digest in the alphabet of Crockford. */
export function shortCode(hex) {
  const bits = BigInt(`0x${hex.slice(0, 10)}`);
  const letters = Array.from({ length: 8 }, (_, place) => CROCKFORD[Number((bits >> BigInt(35 - 5 * place)) & 31n)]);
  return `${letters.slice(0, 4).join("")}-${letters.slice(4).join("")}`;
}

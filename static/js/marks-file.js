// The last resort: marks that are only on this device, saved as a file that an officer takes in.
//
//   unsentFiles(store)  -> Promise of the contents: one object for each device that the marks were made as
//   saveFile(store)     -> Promise of how many marks were handed to the browser as a download
import { VERSION, wireOf } from "./marks-wire.js";

/**
 * Describe what waits in the store. Usually that is one file; marks that only the memory of a page holds were made as a
 * device of their own (see marks-memory.js), and a file, like a batch, names one device.
 */
export async function unsentFiles(store) {
  const events = await store.unsent();
  const runs = [...new Set(events.map((event) => event.run))];
  const tokens = await Promise.all(runs.map(async (run) => [run, (await store.run(run))?.token ?? ""]));
  const devices = [...new Set(events.map((event) => event.device))];
  return devices.map((device) => ({
    format: "certbody-unsent-marks",
    v: VERSION,
    site: location.host,
    assessor: store.user,
    device,
    saved_at: Date.now(),
    tokens: Object.fromEntries(tokens),
    events: events.filter((event) => event.device === device).map(wireOf),
  }));
}

/** Hand the unsent marks to the browser as a download; they stay on the device all the same. */
export async function saveFile(store) {
  const files = await unsentFiles(store);
  const stamp = new Date().toISOString().slice(0, 16).replace(/[-:]/g, "");
  for (const content of files) download(content, `marks-${content.assessor}-${stamp}-${content.device.slice(0, 8)}.json`);
  return files.reduce((sum, content) => sum + content.events.length, 0);
}

function download(content, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([JSON.stringify(content, null, 1)], { type: "application/json" }));
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

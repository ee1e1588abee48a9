// The page on which marks are sealed: it sends along the receipt that this device has computed of what it showed. A device
// that never showed the marks, or still holds some that the server has not, goes back to them and returns by itself.
import { device } from "./marks-device.js";
import { takeOver } from "./marking-receipt.js";

const page = document.getElementById("seal");
const { user, marks } = page.dataset;
const run = Number(page.dataset.run);

async function isReady() {
  const { store } = await device();
  return !(await store.unsent(run)).length;
}

async function start() {
  const field = page.querySelector('input[name="digest"]');
  if (!field) return;
  const receipt = takeOver(user, run);
  if (!receipt || !(await isReady())) {
    location.replace(`${marks}#seal`);
    return;
  }
  field.value = receipt.digest;
  page.querySelector("[data-code]").textContent = receipt.code;
  page.querySelector("[data-receipt]").hidden = false;
  page.dataset.ready = "1";
}

start();

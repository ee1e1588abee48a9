// The sign-off page: who still has marks on this device that the server has not, goes back until it has them.
import { MarkStore } from "./marking-store.js";

const { assessor, run, marks } = document.getElementById("sign-off").dataset;
if (new MarkStore(assessor, run).all().length) location.replace(`${marks}#sign-off`);

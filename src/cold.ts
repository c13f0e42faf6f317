// What a command needs only to start a daemon, or to tell why there is none:
// imported dynamically, so that commands whose daemon runs do not wait for it.
export { absenceAfter, absenceOf, lastWord } from "./command/absence.ts";
export {
  explainAbsence,
  explainConnect,
  notPermitted,
} from "./command/explain.ts";
export { explainHello, explainMissing } from "./command/explain_hello.ts";
export { settleMismatch } from "./command/mismatch.ts";
export { checkPlace } from "./files/place.ts";
export { start } from "./start/start.ts";
export { startMarks } from "./command/timing.ts";

// What a command needs only to start a daemon, or to tell why there is none:
// imported dynamically, so that commands whose daemon runs do not wait for it.
export { absenceAfter, absenceOf, lastWord } from "./absence.ts";
export { explainAbsence, explainConnect, notPermitted } from "./explain.ts";
export { explainHello, explainMissing } from "./explain_hello.ts";
export { settleMismatch } from "./mismatch.ts";
export { checkPlace } from "./place.ts";
export { start } from "./spawn.ts";
export { startMarks } from "./timing.ts";

// What a daemon uses: server.ts and listen.ts export it, from its bundle, and
// the main module of a daemon that was started imports runDaemon.
export { callback } from "./callback.ts";
export { createServer } from "./create_server.ts";
export { runDaemon } from "./daemon.ts";
export { openAs } from "./inline.ts";
export {
  MAX_BATCH_LENGTH,
  MAX_CONNECTIONS,
  MAX_DEPTH,
  MAX_IN_FLIGHT,
  MAX_MESSAGE_BYTES,
} from "./limits.ts";
export { listen } from "./listen.ts";

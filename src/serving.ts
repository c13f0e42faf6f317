// What a daemon uses: server.ts and listen.ts export it, from its bundle, and
// the main module of a daemon that was started imports runDaemon.
export { callback } from "./daemon/callback.ts";
export { createServer } from "./daemon/create_server.ts";
export { runDaemon } from "./daemon/daemon.ts";
export { openAs } from "./daemon/inline.ts";
export {
  MAX_BATCH_LENGTH,
  MAX_CONNECTIONS,
  MAX_DEPTH,
  MAX_IN_FLIGHT,
  MAX_MESSAGE_BYTES,
} from "./limits.ts";
export { listen } from "./daemon/listen.ts";

/**
 * An rpcfile that hears of every timer that its daemon starts, and tells their
 * delays, and how many of those by Atomics.waitAsync() it has stopped, also of
 * those from before: so no test need measure one.
 */
export const DELAYS = `const delays = [];
let stopped = 0;
const { setTimeout } = globalThis;
globalThis.setTimeout = (run, delay, ...args) => {
  delays.push(delay);
  return setTimeout(run, delay, ...args);
};
const { waitAsync } = Atomics;
Atomics.waitAsync = (cell, index, value, delay) => {
  delays.push(delay);
  return waitAsync(cell, index, value, delay);
};
const { notify } = Atomics;
Atomics.notify = (...args) => {
  stopped++;
  return notify(...args);
};
export default () => ({ delays: () => delays, stopped: () => stopped });`;

/**
 * What an rpcfile begins with that tells, by `timers()`, the delays of the timers
 * of its daemon that are set and have not ended.
 */
export const TIMERS = `const timers = (() => {
  const delays = new Map();
  const { setTimeout, clearTimeout } = globalThis;
  globalThis.setTimeout = (run, delay, ...args) => {
    const id = setTimeout(() => {
      delays.delete(id);
      run(...args);
    }, delay);
    delays.set(id, delay);
    return id;
  };
  globalThis.clearTimeout = (id) => {
    delays.delete(id);
    clearTimeout(id);
  };
  return () => [...delays.values()];
})();
`;

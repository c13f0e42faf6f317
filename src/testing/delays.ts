/**
 * An rpcfile that hears of every timer that its daemon starts, and tells their
 * delays: so no test need measure one.
 */
export const DELAYS = `const delays = [];
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
export default () => ({ delays: () => delays });`;

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

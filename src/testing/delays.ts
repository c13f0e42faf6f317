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
export default () => ({ delays: () => delays });`;

/**
 * Calls `onOver` after so many milliseconds, unless it is disposed of before.
 * It does not keep the process alive.
 *
 * For what runs at a start: the first `setTimeout` of a process makes Deno load
 * Node's timers, which takes a third of the time of a short command.
 */
export function startTimer(
  milliseconds: number,
  onOver: () => void,
): Disposable {
  // A deadline may have passed already, which it would not take.
  const signal = AbortSignal.timeout(Math.max(0, milliseconds));
  signal.addEventListener("abort", onOver);
  return {
    [Symbol.dispose]: () => signal.removeEventListener("abort", onOver),
  };
}

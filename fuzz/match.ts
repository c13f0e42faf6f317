/** What of two lists has nothing in the other that fits, when as much as can be is paired. */
export interface Unmatched<A, B> {
  readonly answers: A[];
  readonly expected: B[];
}

/**
 * Pairs answers with what is expected, each with one at most. Some answers fit
 * more than one: one that was paired gives way where it has another choice.
 */
export function match<A, B>(
  answers: readonly A[],
  expected: readonly B[],
  fits: (answer: A, expected: B) => boolean,
): Unmatched<A, B> {
  const answerOf = new Map<B, A>();
  const pair = (answer: A, tried: Set<B>): boolean => {
    for (const one of expected) {
      if (tried.has(one) || !fits(answer, one)) continue;
      tried.add(one);
      const other = answerOf.get(one);
      if (other !== undefined && !pair(other, tried)) continue;
      answerOf.set(one, answer);
      return true;
    }
    return false;
  };
  return {
    answers: answers.filter((answer) => !pair(answer, new Set())),
    expected: expected.filter((one) => !answerOf.has(one)),
  };
}

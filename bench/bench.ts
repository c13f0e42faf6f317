import type { Samples } from "./measure.ts";
import type { Yard } from "./yard.ts";

/** What a part measures with. */
export interface Bench {
  readonly yard: Yard;
  /** How many rounds to measure; there is a part's own number if none was asked for. */
  readonly rounds: number;
  /** Only to see that everything runs: as little work as possible, whose figures mean nothing. */
  readonly smoke: boolean;
  /** The program of node 24, if it could be had. */
  readonly node24: string | undefined;
}

/** This library among the contenders. */
export const AUTOD = "autod";

/**
 * Measures all contenders in each round, side by side, beginning with another
 * one each time. With `warmUp` a first round is thrown away. A peer that fails
 * in a round has `null` there.
 */
export async function interleave<C extends { readonly name: string }>(
  { yard, rounds, smoke, warmUp = !smoke }: Bench & {
    readonly warmUp?: boolean;
  },
  contenders: readonly C[],
  measure: (contender: C) => Promise<Record<string, number>>,
): Promise<Record<string, Samples>> {
  const all: Record<string, Samples> = {};
  for (let round = warmUp ? -1 : 0; round < rounds; round++) {
    const first = Math.max(round, 0) % contenders.length;
    const turn = [...contenders.slice(first), ...contenders.slice(0, first)];
    for (const contender of turn) {
      const figures = await measure(contender).catch((error) => {
        if (contender.name === AUTOD || yard.ended) throw error;
        console.error(`${contender.name} failed: ${error}`);
        return {};
      });
      if (round >= 0) keep(all, contender.name, round, figures);
    }
  }
  return all;
}

function keep(
  all: Record<string, Samples>,
  contender: string,
  round: number,
  figures: Record<string, number>,
): void {
  for (const [name, figure] of Object.entries(figures)) {
    const samples = all[name] ??= {};
    const values = samples[contender] ??= [];
    while (values.length < round) values.push(null);
    values.push(figure);
  }
}

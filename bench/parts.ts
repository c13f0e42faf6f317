import type { Part } from "./part.ts";
import { beside } from "./parts/beside.ts";
import { calls } from "./parts/calls.ts";
import { cold } from "./parts/cold.ts";
import { growth } from "./parts/growth.ts";
import { herd } from "./parts/herd.ts";
import { idle } from "./parts/idle.ts";
import { sizes } from "./parts/sizes.ts";
import { slow } from "./parts/slow.ts";
import { streams } from "./parts/streams.ts";
import { warm } from "./parts/warm.ts";

/** All parts, in the order in which they run. */
export const PARTS: readonly Part[] = [
  warm,
  cold,
  calls,
  sizes,
  streams,
  beside,
  slow,
  herd,
  idle,
  growth,
];

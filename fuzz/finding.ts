/** What is to be fed to one target. */
export interface Feed {
  readonly seed: number;
  /** The number of the first input. */
  readonly first: number;
  readonly inputs: number;
  /** Told of each input after which something was wrong. */
  readonly onFinding: (finding: Finding) => void;
}

/** An input after which something was wrong. */
export interface Finding {
  readonly target: string;
  readonly number: number;
  readonly failures: readonly string[];
  /** What was fed, as people can read it. */
  readonly fed: string;
}

/** What came of a target's inputs. */
export interface Summary {
  readonly done: number;
  /** How many findings there were. */
  readonly found: number;
  /** What was wrong in the end, whichever input did it. */
  readonly failures: readonly string[];
  /** What else there is to tell. */
  readonly told: string;
}

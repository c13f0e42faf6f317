/** Where a daemon's process finds what it runs: as far from here as from the bundle that has this. */
export const SERVING_URL: string = import.meta.resolve("../dist/serving.js");

// The part of https://jsr.io/@std/path that this project uses.

/** Joins paths and normalizes the result. */
export function join(path: string | URL, ...paths: string[]): string;
/** Everything before the last name of a path. */
export function dirname(path: string | URL): string;
/** The last name of a path. */
export function basename(path: string | URL, suffix?: string): string;
/** The absolute path that a sequence of paths leads to. */
export function resolve(...paths: string[]): string;
/** The path of a `file:` URL. */
export function fromFileUrl(url: string | URL): string;
/** The `file:` URL of an absolute path. */
export function toFileUrl(path: string): URL;
/** The path that leads from one folder to a file or folder. */
export function relative(from: string, to: string): string;

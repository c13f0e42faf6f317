/** The longest path that a socket may have, in bytes; the file that is bound adds four. */
export const MAX_SOCKFILE_BYTES = Deno.build.os === "linux" ? 103 : 99;

/**
 * The absolute path of a socket. Dots are resolved, as Deno compares the paths
 * of permissions letter by letter.
 *
 * @throws {TypeError} If there can be no socket at that path.
 */
export function toSockfile(sockfile: string | URL): string {
  const path = toGrantedPath(sockfile, "sockfile");
  const bytes = new TextEncoder().encode(path).length;
  if (bytes > MAX_SOCKFILE_BYTES) {
    throw new TypeError(
      `Cannot use the sockfile "${path}": its path has ${bytes} bytes, and the system takes ${MAX_SOCKFILE_BYTES} at most; choose a shorter directory`,
    );
  }
  return path;
}

/**
 * The absolute, normalized path of a file that a permission has to name.
 *
 * @throws {TypeError} As {@linkcode toPath}, and if it holds a comma or ends with a slash.
 */
export function toGrantedPath(file: string | URL, option: string): string {
  const path = toPath(file, option);
  if (`${file}`.endsWith("/")) {
    throw new TypeError(
      `Cannot use the ${option} "${file}": it ends with a slash, as a directory does; name a file in it`,
    );
  }
  if (!path.includes(",")) return path;
  // Deno splits the lists of its permission flags at commas.
  throw new TypeError(
    `Cannot use the ${option} "${path}": a path with a comma cannot be named in a permission; choose another`,
  );
}

/**
 * The absolute, normalized path of a file.
 *
 * @throws {TypeError} If it is empty, holds NUL, or is a URL that is more than a path.
 */
export function toPath(file: string | URL, option: string): string {
  if (typeof file === "string" && file.startsWith("file:")) {
    return toPath(toUrl(file, option), option);
  }
  if (file instanceof URL && file.protocol !== "file:") {
    throw new TypeError(
      `Cannot use the ${option} "${file}": it should be a path or a file: URL`,
    );
  }
  const path = file instanceof URL ? fromPlainUrl(file, option) : file;
  if (typeof path !== "string" || path === "" || path.includes("\0")) {
    throw new TypeError(
      `Cannot use the ${option} ${
        Deno.inspect(path)
      }: it should be a path or a file: URL`,
    );
  }
  if (isNormal(path)) return path;
  const absolute = path.startsWith("/") ? path : `${Deno.cwd()}/${path}`;
  const names: string[] = [];
  for (const name of absolute.split("/")) {
    if (name === "..") names.pop();
    else if (name !== "" && name !== ".") names.push(name);
  }
  return `/${names.join("/")}`;
}

// A regular expression would take a command longer than all of it: its first
// use compiles it. The same goes for the URL below.
function isNormal(path: string): boolean {
  return path.startsWith("/") && !path.endsWith("/") &&
    !path.includes("//") && !path.includes("/.");
}

/**
 * The URL that `url` writes.
 *
 * @throws {TypeError} If it is none; the message names the option.
 */
export function toUrl(url: string, option: string): URL {
  if (URL.canParse(url)) return new URL(url);
  throw new TypeError(`Cannot use the ${option} "${url}": it is no valid URL`);
}

function fromPlainUrl(url: URL, option: string): string {
  const cannot = `Cannot use the ${option} "${url}"`;
  if (url.host !== "") {
    throw new TypeError(
      `${cannot}: it names the host "${url.host}"; write the path after three slashes, file:///`,
    );
  }
  if (/[?#]/.test(url.href)) {
    throw new TypeError(
      `${cannot}: a path with ? or # is written with %3F or %23 in a URL; better give the path itself`,
    );
  }
  try {
    return fromFileUrl(url);
  } catch {
    throw new TypeError(
      `${cannot}: its percent signs do not stand for UTF-8; write a percent sign itself as %25`,
    );
  }
}

/**
 * Whether `url` is a `file:` URL that stands for its path letter by letter, as
 * most do: the first `URL` of a process takes half a millisecond.
 */
export function isPlainFileUrl(url: string | URL): url is string {
  return typeof url === "string" && url.startsWith("file:///") &&
    isNormal(url.slice("file://".length)) &&
    url.isWellFormed() && encodeURI(url) === url &&
    !url.includes("?") && !url.includes("#");
}

/** The path of a `file:` URL. */
export function fromFileUrl(url: string | URL): string {
  if (isPlainFileUrl(url)) return url.slice("file://".length);
  return decodeURIComponent(new URL(url).pathname);
}

/** The `file:` URL of an absolute path, written as `import.meta.resolve` writes it. */
export function toFileUrl(path: string): string {
  const url = new URL("file:///");
  url.pathname = path.replace(/[%\\\n\r\t]/g, encodeURIComponent);
  return url.href;
}

/** The directory of an absolute path. */
export function dirname(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

import { flagOf, union } from "./flags.ts";
import { isGranted } from "../files/access.ts";
import { dirname, fromFileUrl } from "../files/paths.ts";
import { type DaemonPaths, ownItems } from "./own_items.ts";
import { query } from "./query.ts";
import { isNothing, isWhole, KINDS, type Rule, type Rules } from "./rules.ts";

/** Where Deno lets code be imported from if no flag says anything of it. */
export const USUAL_HOSTS = [
  "deno.land",
  "jsr.io",
  "esm.sh",
  "raw.esm.sh",
  "cdn.jsdelivr.net",
  "raw.githubusercontent.com",
  "gist.githubusercontent.com",
].map((host) => `${host}:443`);

/**
 * The permission flags of a daemon's process: what it cannot do without, and
 * what its author grants.
 */
export function daemonFlags(
  rules: Rules,
  paths: DaemonPaths & { readonly rpcfile: string },
): string[] {
  if (isEverything(rules)) return ["--allow-all"];
  const { read = [], write = [], ...others } = ownItems(paths);
  const directories = new Map<string, string>(); // mostly one
  const own = {
    ...others,
    read: [...withRealPaths(read, directories), ...linkOf(paths.rpcfile)],
    write: withRealPaths(write, directories),
  };
  return KINDS.flatMap((kind) => {
    const { allow, deny } = kind === "import"
      ? importRule(rules.import, own.import)
      : withOwn(rules[kind], own[kind]);
    return [...flagOf("allow", kind, allow), ...flagOf("deny", kind, deny)];
  });
}

/**
 * Files, and their paths without the links through which their directories are
 * reached, as far as this process may look at those: what is asked of an open
 * file is permitted by its real path alone.
 */
function withRealPaths(
  files: readonly string[],
  directories: Map<string, string>,
): string[] {
  return files.flatMap((file) => {
    const directory = dirname(file);
    const real = directories.get(directory) ?? realPathOf(directory);
    directories.set(directory, real);
    const path = real + file.slice(directory.length);
    return path === file || path.includes(",") ? [file] : [file, path];
  });
}

/** What a directory is without links; itself, if it does not exist, or may not be looked at. */
function realPathOf(directory: string): string {
  try {
    return isGranted("read", directory)
      ? Deno.realPathSync(directory)
      : directory;
  } catch {
    return directory;
  }
}

/**
 * The path of an rpcfile that is a symbolic link, as far as this process may
 * look at it. Deno takes a link that is newer than what it leads to for a file
 * that has changed, and reads it anew, for which it asks as for any other.
 */
function linkOf(rpcfile: string): string[] {
  if (!rpcfile.startsWith("file:")) return [];
  const path = fromFileUrl(rpcfile);
  if (path.includes(",") || !isGranted("read", path)) return [];
  try {
    return Deno.lstatSync(path).isSymlink ? [path] : [];
  } catch {
    return []; // the daemon says what is wrong with it
  }
}

/** Whether everything of every kind is granted. */
export function isEverything(rules: Rules): boolean {
  return Object.values(rules).every(isWhole);
}

// What is denied as a whole needs no flag, as nobody is asked for what is not
// granted; and Deno would have to count the daemon's own files as more exact.
function withOwn(
  { allow, deny }: Rule,
  own: readonly string[] = [],
): Rule {
  return { allow: union(own, allow), deny: deny === true ? [] : deny };
}

// Without --allow-import Deno has a list of hosts of its own, each with its port:
// that is more exact than a denial of the host, or of all, and would win. Of
// these a daemon has no more than its command.
function importRule(
  { allow, deny }: Rule,
  own: readonly string[] = [],
): Rule {
  const isUsual = isNothing(allow);
  const usual = isUsual && deny !== true
    ? USUAL_HOSTS.filter((host) => query("import", host) === "all")
    : [];
  const hosts = union(own, isUsual ? usual : allow);
  if (deny === true || isNothing(hosts)) {
    return { allow: own.length === 0 || own, deny: true };
  }
  const needsNoFlag = usual.length === USUAL_HOSTS.length &&
    own.every((host) => USUAL_HOSTS.includes(host));
  return {
    allow: needsNoFlag ? [] : hosts,
    deny: deny.flatMap((host) =>
      /:\d+$|\//.test(host) ? [host] : [host, `${host}:443`, `${host}:80`]
    ),
  };
}

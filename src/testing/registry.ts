import { fromFileUrl } from "@std/path";
import { runDeno } from "./command.ts";

const ROOT = new URL("../../", import.meta.url);
const TYPES: Record<string, string> = {
  js: "text/javascript",
  json: "application/json",
  ts: "text/typescript",
};

/** A registry on this machine, as JSR is one, with what would be published of this library. */
export class Registry implements AsyncDisposable {
  /** The paths of the library's files that were asked for, without the package and version. */
  readonly asked: string[] = [];
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  private constructor(files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>) {
    this.#server = Deno.serve({
      hostname: "127.0.0.1",
      port: 0,
      onListen: () => {},
    }, ({ url }) => {
      const { pathname } = new URL(url);
      const bytes = files.get(pathname);
      if (bytes === undefined) return new Response(null, { status: 404 });
      const [, path] = pathname.split(`/${VERSION}/`);
      if (path) this.asked.push(path);
      const type = TYPES[pathname.split(".").at(-1)!] ?? "text/plain";
      return new Response(bytes, { headers: { "content-type": type } });
    });
  }

  /** What makes Deno ask here, and keep what it gets in `folder`. */
  env(folder: string): Record<string, string> {
    const { port } = this.#server.addr;
    return { JSR_URL: `http://127.0.0.1:${port}/`, DENO_DIR: folder };
  }

  /** Starts one. */
  static async start(): Promise<Registry> {
    const files = new Map<string, Uint8Array<ArrayBuffer>>();
    const manifest: Record<string, { size: number; checksum: string }> = {};
    for (const path of await publishedPaths()) {
      const bytes = Deno.readFileSync(new URL(path, ROOT));
      const digest = await crypto.subtle.digest("SHA-256", bytes);
      const checksum = `sha256-${new Uint8Array(digest).toHex()}`;
      files.set(`/${NAME}/${VERSION}/${path}`, bytes);
      manifest[`/${path}`] = { size: bytes.length, checksum };
    }
    const json = (value: unknown) =>
      new TextEncoder().encode(JSON.stringify(value));
    const versions = { [VERSION]: {} };
    files.set(`/${NAME}/meta.json`, json({ latest: VERSION, versions }));
    const meta = { manifest, exports: CONFIG.exports };
    files.set(`/${NAME}/${VERSION}_meta.json`, json(meta));
    return new Registry(files);
  }

  /** Ends it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

const CONFIG = JSON.parse(
  Deno.readTextFileSync(new URL("deno.json", ROOT)),
);
const NAME: string = CONFIG.name;
const VERSION: string = CONFIG.version;

/** The paths of the files that `deno publish` would send. */
async function publishedPaths(): Promise<string[]> {
  const cwd = fromFileUrl(ROOT);
  const args = ["publish", "--dry-run", "--allow-dirty", "--no-check"];
  const { code, stderr } = await runDeno(args, { cwd });
  if (code !== 0) throw new Error(stderr);
  const urls = stderr.matchAll(/^ +(file:\S+) \(/gm);
  return Array.from(urls, ([, url]) => url.slice(ROOT.href.length));
}

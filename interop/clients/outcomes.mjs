import { createRequire } from "node:module";

/** Loads a package of this folder: Deno's checks would look for an import elsewhere. */
export const load = createRequire(import.meta.url);

/** Prints what became of each call, by its name: a result, or what matters of an error. */
export async function print(calls) {
  const outcomes = await Promise.all(
    Object.entries(calls).map(async ([name, call]) => [
      name,
      await Promise.resolve(call).catch(failure),
    ]),
  );
  console.log(JSON.stringify(Object.fromEntries(outcomes)));
}

function failure(error) {
  const { code, message, data } = error;
  if (!Number.isInteger(code) || !message) throw error;
  if (code !== -32000) return { code };
  return { code, message, name: data.name, shelf: data.shelf };
}

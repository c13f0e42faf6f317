// Bundles src/ into the modules of dist/, which mod.ts, server.ts and listen.ts
// export: each module that a command could need costs it time, loaded or not.

/**
 * V8 compiles a function in parentheses with its module, so that Deno has it
 * from its cache, and any other one when it is called. The functions come
 * first, so that all the code of the module may use them, as if it declared them.
 */
const compiledAtOnce = {
  name: "compiled-at-once",
  renderChunk(code) {
    const imports = [];
    const functions = [];
    const others = [];
    for (const node of this.parse(code).body) {
      const text = code.slice(node.start, node.end);
      if (node.type === "ImportDeclaration") imports.push(text);
      else if (node.type === "FunctionDeclaration") {
        functions.push(`const ${node.id.name} = (${text});`);
      } else others.push(text);
    }
    return [...imports, ...functions, ...others, ""].join("\n");
  },
};

// In the order in which they import each other.
const modules = ["client", "cold", "streams/client_stream", "serving"];

export default {
  input: modules.map((name) => `src/${name}.ts`),
  platform: "neutral",
  plugins: [compiledAtOnce],
  preserveEntrySignatures: "allow-extension",
  output: {
    dir: "dist",
    cleanDir: true,
    chunkFileNames: "[name].js",
    comments: false,
    minifyInternalExports: false,
    codeSplitting: {
      // Each has what it imports, but for what one before it has.
      groups: modules.map((name, index) => ({
        name: name.split("/").at(-1),
        test: (id) => id.endsWith(`/src/${name}.ts`),
        priority: modules.length - index,
      })),
    },
  },
};

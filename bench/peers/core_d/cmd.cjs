// The command of its README. Its port and token are in a file in $HOME.
process.env.CORE_D_TITLE = "counter_d";
process.env.CORE_D_DOTFILE = ".counter_d";
process.env.CORE_D_SERVICE = require.resolve("./service.cjs");
const core_d = require("core_d");

core_d.invoke(process.argv.slice(2));

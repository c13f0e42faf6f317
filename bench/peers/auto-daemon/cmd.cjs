// The command of its README.
const autod = require("auto-daemon");

const opts = {
  rpcfile: `${__dirname}/iface.cjs`,
  sockfile: process.env.SOCKFILE,
  methods: ["add", "get", "close"],
};
const [cmd, number] = process.argv.slice(2);
autod(opts, (error, rpc, connection) => {
  if (error) {
    console.error(error);
    process.exitCode = 1;
  } else if (cmd === "add") {
    rpc.add(Number(number), (sum) => {
      console.log(sum);
      connection.destroy();
    });
  } else if (cmd === "close") {
    rpc.close();
  }
});

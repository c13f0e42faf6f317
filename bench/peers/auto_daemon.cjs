// auto-daemon's side. auto_daemon.cjs serve SOCK | auto_daemon.cjs SOCK down|up|objects SIZE TOTAL
const net = require("node:net");
const { Duplex, Readable } = require("node:stream");
const { createRequire } = require("node:module");
const load = createRequire(process.env.PEERS + "/package.json");

function bytes(size, total) {
  const chunk = Buffer.alloc(size, 7);
  let left = total;
  return new Readable({
    highWaterMark: size,
    read() {
      if (left <= 0) return void this.push(null);
      this.push(left < size ? chunk.subarray(0, left) : chunk);
      left -= size;
    },
  });
}

// multiplex-rpc pipes both ways, so that it takes duplex streams alone.
function readOnly(read) {
  return new Duplex({ read, write: (_chunk, _encoding, done) => done() });
}

const methods = {
  down(size, total) {
    const chunk = Buffer.alloc(size, 7);
    let left = total;
    return readOnly(function () {
      if (left <= 0) return void this.push(null);
      this.push(left < size ? chunk.subarray(0, left) : chunk);
      left -= size;
    });
  },
  objects(count) {
    let i = 0;
    return readOnly(function () {
      for (let more = true; more;) {
        if (i >= count) return void this.push(null);
        more = this.push(JSON.stringify({ i, name: "item-" + i++ }) + "\n");
      }
    });
  },
  up() {
    let got = 0;
    return new Duplex({
      read() {},
      write(chunk, _encoding, done) {
        got += chunk.length;
        done();
      },
      final(done) {
        this.push(String(got));
        this.push(null);
        done();
      },
    });
  },
};

if (process.argv[2] === "serve") {
  load("auto-daemon/server")(() => methods).listen(process.argv[3]);
} else {
  const [sock, work, size, total] = process.argv.slice(2);
  const mux = load("multiplex-rpc")();
  const rpc = mux.wrap(["down:s", "up:s", "objects:s"]);
  const conn = net.connect(sock);
  conn.once("connect", () => {
    conn.pipe(mux).pipe(conn);
    const start = performance.now();
    const end = (got) => {
      if (got !== +total) throw new Error(`got ${got} of ${total}`);
      console.log((performance.now() - start) / 1000);
      process.exit(0);
    };
    let got = 0;
    if (work === "down") {
      const stream = rpc.down(+size, +total);
      stream.on("data", (chunk) => void (got += chunk.length));
      stream.on("end", () => end(got));
    } else if (work === "up") {
      const stream = rpc.up();
      bytes(+size, +total).pipe(stream);
      stream.once("data", (text) => end(+text));
    } else {
      const stream = rpc.objects(+total);
      let rest = "";
      stream.on("data", (text) => {
        const lines = (rest + text).split("\n");
        rest = lines.pop();
        for (const line of lines) if (JSON.parse(line).i === got) got++;
      });
      stream.on("end", () => end(got));
    }
  });
}

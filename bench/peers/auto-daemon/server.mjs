// server.mjs SOCK
// @ts-ignore: node finds it
import createServer from "auto-daemon/server.js";
import { Readable, Transform } from "node:stream";
import { ByteCheck, makeObject } from "../../payload.mjs";
import { makeSource } from "./source.mjs";

createServer(() => ({
  sum: (a, b, done) => done(a + b),
  echo: (value, done) => done(value),
  down: (size, total) => makeSource(size, total),
  up: (size, piece, pause) => makeSink(size, piece, pause),
  objects: (count) => makeObjects(count),
})).listen(process.argv[2]);

/** Pauses for so many milliseconds after each piece; says at its end how much has come. */
function makeSink(size, piece, pause) {
  const check = new ByteCheck(size);
  let next = piece ?? Infinity;
  return new Transform({
    transform(chunk, _encoding, done) {
      check.take(chunk);
      if (check.got < next) return done();
      next += piece;
      setTimeout(done, pause);
    },
    flush(done) {
      this.push(String(check.got));
      done();
    },
  });
}

/** One JSON text a line: its streams carry bytes alone. */
function makeObjects(count) {
  let i = 0;
  return new Readable({
    read() {
      for (let more = true; more;) {
        if (i >= count) return void this.push(null);
        more = this.push(`${JSON.stringify(makeObject(i++))}\n`);
      }
    },
  });
}

// The daemon's side of its README.
let n = 0;

module.exports = (server, stream) => ({
  add: (m, done) => done(n += m),
  get: (done) => done(n),
  close() {
    server.close();
    stream.destroy();
  },
});

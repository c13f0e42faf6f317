// Deno looks up the limits of its stack when it makes its first stack trace of
// TypeScript, which takes a descriptor, and panics where there is none
// (2.9.6): made here, none that is made when they have run out can end the
// process.
void new Error().stack;

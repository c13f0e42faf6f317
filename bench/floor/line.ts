// The floor of a command that prints something.
console.log("ok");
export {};

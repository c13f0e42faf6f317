// Nothing: the floor of a warm command.
export {};

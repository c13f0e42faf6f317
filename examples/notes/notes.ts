import { DatabaseSync } from "node:sqlite";

/** A note, as commands get it. */
export interface Note {
  /** A UUID that the command made. */
  readonly id: string;
  readonly text: string;
  /** When it was added, in the form of ISO 8601. */
  readonly added: string;
}

/** What a watcher is told. */
export type Change =
  | { readonly added: Note }
  | { readonly removed: string };

/** How many changes may wait for a watcher that does not read. */
const MAX_WAITING = 1000;

const SCHEMA = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL; -- what is answered is on the disk
  CREATE TABLE IF NOT EXISTS notes (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    text TEXT, -- NULL if it was removed; the row stays, so that no late repetition adds it again
    added TEXT NOT NULL
  ) STRICT;
`;

/**
 * Notes in a database. `add` and `remove` can be called any number of times with
 * one id, and do what they do once.
 */
export class Notes {
  readonly #db: DatabaseSync;
  readonly #watchers = new Set<ReadableStreamDefaultController<Change>>();

  /** Opens the database in `file`, or makes it. */
  constructor(file: string) {
    this.#db = new DatabaseSync(file, { timeout: 5000 });
    this.#db.exec(SCHEMA);
    // Only a database that was closed is one whole file, for backups.
    addEventListener("unload", () => this.#db.close());
  }

  /** Adds a note, unless there is or was one of that id. */
  add(id: string, text: string): void {
    if (typeof text !== "string") throw new TypeError("A note is a text");
    const note = { id, text, added: new Date().toISOString() };
    const { changes } = this.#db.prepare(
      "INSERT INTO notes (id, text, added) VALUES (:id, :text, :added) ON CONFLICT (id) DO NOTHING",
    ).run(note);
    if (changes > 0) this.#tell({ added: note });
  }

  /** Removes a note, if there is one of that id. */
  remove(id: string): void {
    const { changes } = this.#db.prepare(
      "UPDATE notes SET text = NULL WHERE id = ? AND text IS NOT NULL",
    ).run(id);
    if (changes > 0) this.#tell({ removed: id });
  }

  /** The ids that begin with `prefix`. */
  ids(prefix: string): string[] {
    return this.#db.prepare(
      "SELECT id FROM notes WHERE text IS NOT NULL AND instr(id, ?) = 1",
    ).all(prefix).map(({ id }) => id as string);
  }

  /** The notes that have `word` in them, the oldest first. A stream, as there may be many. */
  find(word = ""): ReadableStream<Note> {
    return ReadableStream.from(this.#select(word));
  }

  /** All notes, as if they were just added, and then each change. */
  watch(): ReadableStream<Change> {
    const notes = this.#select("");
    let watcher: ReadableStreamDefaultController<Change>;
    return new ReadableStream({
      start: (controller) => {
        watcher = controller;
        for (const added of notes) watcher.enqueue({ added });
        this.#watchers.add(watcher);
      },
      cancel: () => void this.#watchers.delete(watcher),
    }, { highWaterMark: notes.length + MAX_WAITING });
  }

  #select(word: string): Note[] {
    return this.#db.prepare(
      "SELECT id, text, added FROM notes WHERE instr(lower(text), lower(?)) ORDER BY number",
    ).all(word) as unknown as Note[];
  }

  #tell(change: Change): void {
    for (const watcher of this.#watchers) {
      if (watcher.desiredSize! > 0) watcher.enqueue(change);
      else {
        this.#watchers.delete(watcher);
        watcher.error(
          new Error("Cannot wait for a watcher that reads nothing"),
        );
      }
    }
  }
}

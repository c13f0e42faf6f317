import { type Bench, interleave } from "../bench.ts";
import { type Command, counters, runCommand } from "../command.ts";
import { type Contender, contenders, RAW } from "../contender.ts";
import type { Part } from "../part.ts";
import { resident } from "../proc.ts";
import { settled } from "../settle.ts";
import { Member } from "../team.ts";
import { endDaemon } from "./cold.ts";

const CONNECTIONS = 1000;
const FEW = 10;
/** How long calls are made before memory is looked at, so that garbage is collected, in milliseconds. */
const BUSY = 300;

const EACH = "an idle connection, in the daemon";
const DAEMON = "an idle daemon";

/** What it costs to be there. */
export const idle: Part = {
  name: "idle",
  about:
    "memory (RSS): of the daemon of one `add 2`; and by how much a daemon with 1,000 idle connections, on each of which one call was made, is larger than with 10, both after 300 ms of calls on one of them and when it no longer changes",
  rounds: 3,
  goals: [
    { work: EACH, is: "at most", limit: 14 },
    { work: DAEMON, per: "auto-daemon", is: "at most", limit: 0.7 },
  ],
  async measure(bench) {
    const once = { ...bench, warmUp: false };
    const daemons = await interleave(
      once,
      counters(bench, 2),
      (command) => measureDaemon(bench, command),
    );
    const floor = await interleave(
      once,
      [RAW],
      (contender) => measureListener(bench, contender),
    );
    const each = await interleave(
      once,
      contenders(bench, "auto-daemon"),
      (contender) => measureConnections(bench, contender),
    );
    return {
      works: [
        {
          name: DAEMON,
          unit: "MiB",
          better: "less",
          samples: { ...daemons[DAEMON], ...floor[DAEMON] },
        },
        { name: EACH, unit: "KiB", better: "less", samples: each[EACH] },
      ],
    };
  },
};

async function measureDaemon(
  bench: Bench,
  command: Command,
): Promise<Record<string, number>> {
  await endDaemon(bench, command);
  await runCommand(bench, command);
  const [pid] = bench.yard.processes(command.name);
  const memory = await settled(() => resident(pid));
  await endDaemon(bench, command);
  return { [DAEMON]: memory / 1024 };
}

/** What a process has that does nothing but echo what comes to its socket. */
async function measureListener(
  bench: Bench,
  contender: Contender,
): Promise<Record<string, number>> {
  await using member = await Member.start(bench, contender);
  await member.worker.do("sums", { window: 1, ms: 1 });
  const memory = await settled(() => resident(member.serverPid));
  return { [DAEMON]: memory / 1024 };
}

async function measureConnections(
  bench: Bench,
  contender: Contender,
): Promise<Record<string, number>> {
  await using member = await Member.start(bench, contender);
  const { worker, serverPid } = member;
  const memory = async (connections: number) => {
    await worker.do("holdConnections", { count: connections });
    await worker.do("sums", { window: 16, ms: bench.smoke ? 1 : BUSY });
    return await settled(() => resident(serverPid));
  };
  const many = bench.smoke ? 4 * FEW : CONNECTIONS + FEW;
  const before = await memory(FEW);
  return { [EACH]: (await memory(many) - before) / (many - FEW) };
}

// server.mjs SOCK
// @ts-ignore: node finds it
import { createBirpc } from "birpc";
import { listen } from "../net.mjs";
import { overLines } from "./channel.mjs";

const methods = { sum: (a, b) => a + b, echo: (value) => value };

listen(process.argv[2], (socket) => createBirpc(methods, overLines(socket)));

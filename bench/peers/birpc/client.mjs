// @ts-ignore: node finds it
import { createBirpc } from "birpc";
import { dial } from "../net.mjs";
import { overLines } from "./channel.mjs";

export async function connect(sock) {
  return createBirpc({}, overLines(await dial(sock)));
}

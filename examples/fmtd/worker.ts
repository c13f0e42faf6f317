// Prettier, on a thread of its own. The standalone build has all of its parsers
// and no way to the file system, so that it needs no permission.
/// <reference lib="deno.worker" />
import { format } from "prettier/standalone";
import * as acorn from "prettier/plugins/acorn";
import * as angular from "prettier/plugins/angular";
import * as babel from "prettier/plugins/babel";
import * as estree from "prettier/plugins/estree";
import * as flow from "prettier/plugins/flow";
import * as glimmer from "prettier/plugins/glimmer";
import * as graphql from "prettier/plugins/graphql";
import * as html from "prettier/plugins/html";
import * as markdown from "prettier/plugins/markdown";
import * as meriyah from "prettier/plugins/meriyah";
import * as postcss from "prettier/plugins/postcss";
import * as typescript from "prettier/plugins/typescript";
import * as yaml from "prettier/plugins/yaml";

/** What the worker is asked. */
export interface Job {
  readonly text: string;
  readonly options: Readonly<Record<string, unknown>>;
}

/** What it answers: the text, or what prettier threw. */
export type Answer =
  | { readonly text: string }
  | { readonly name: string; readonly message: string };

const plugins = [
  acorn,
  angular,
  babel,
  estree,
  flow,
  glimmer,
  graphql,
  html,
  markdown,
  meriyah,
  postcss,
  typescript,
  yaml,
];

self.onmessage = async ({ data }: MessageEvent<Job>) => {
  self.postMessage(await answer(data));
};

async function answer({ text, options }: Job): Promise<Answer> {
  try {
    return { text: await format(text, { ...options, plugins }) };
  } catch (error) {
    const { name, message } = error as Error;
    return { name, message };
  }
}

import { quote } from "../quote.ts";
import type { Arguments } from "./arguments.ts";
import { wrong } from "./arguments.ts";
import { COMMANDS, OPTIONS, summaryOf } from "./help.ts";
import { ExitCode } from "./exit_code.ts";

const SHELLS: Record<string, () => string> = { bash, zsh, fish };

/** Prints the completions for a shell. */
export function completions({ operands }: Arguments): Promise<number> {
  const [shell = ""] = operands;
  if (!Object.hasOwn(SHELLS, shell)) {
    throw wrong(`completions are for ${Object.keys(SHELLS).join(", ")}`);
  }
  console.log(SHELLS[shell]());
  return Promise.resolve(ExitCode.ok);
}

const commands = Object.keys(COMMANDS).join(" ");
const options = Object.keys(OPTIONS).map((name) => `--${name}`).join(" ");
const shells = Object.keys(SHELLS).join(" ");

function bash(): string {
  return `# In ~/.bashrc: source <(autod completions bash)
_autod() {
  local word=\${COMP_WORDS[COMP_CWORD]} command=\${COMP_WORDS[1]}
  if [[ $word == -* ]]; then
    COMPREPLY=($(compgen -W '${options}' -- "$word"))
  elif [[ $COMP_CWORD == 1 ]]; then
    COMPREPLY=($(compgen -W '${commands}' -- "$word"))
  elif [[ $command == completions ]]; then
    COMPREPLY=($(compgen -W '${shells}' -- "$word"))
  elif [[ $command == call && $COMP_CWORD == 3 ]]; then
    COMPREPLY=($(compgen -W "$(autod methods "\${COMP_WORDS[2]}" 2>/dev/null)" -- "$word"))
  else
    compopt -o filenames
    COMPREPLY=($(compgen -f -- "$word"))
  fi
}
complete -F _autod autod`;
}

function zsh(): string {
  return `#compdef autod
# In a directory of $fpath, as _autod: autod completions zsh > _autod
_autod() {
  local -a commands
  commands=(
${
    Object.entries(COMMANDS).map(([name, { summary }]) =>
      `    ${quote(`${name}:${summary}`)}`
    ).join("\n")
  }
  )
  if [[ $PREFIX == -* ]]; then
    compadd -- ${options}
  elif (( CURRENT == 2 )); then
    _describe command commands
  elif [[ $words[2] == completions ]]; then
    compadd ${shells}
  elif [[ $words[2] == call ]] && (( CURRENT == 4 )); then
    compadd -- \${(f)"$(autod methods $words[3] 2>/dev/null)"}
  else
    _files
  fi
}
# In $fpath, this is the function itself the first time.
if [[ \${funcstack[1]} == _autod ]]; then _autod "$@"; else compdef _autod autod; fi`;
}

function fish(): string {
  const isFirst = "not __fish_seen_subcommand_from $autod_commands";
  return [
    "# In ~/.config/fish/completions/autod.fish",
    `set -l autod_commands ${commands}`,
    ...Object.entries(COMMANDS).map(([name, { summary }]) =>
      `complete -c autod -f -n "${isFirst}" -a ${name} -d ${quote(summary)}`
    ),
    `complete -c autod -f -n "__fish_seen_subcommand_from completions" -a "${shells}"`,
    ...Object.entries(OPTIONS).map(([name, option]) =>
      `complete -c autod -l ${name}${option.value ? " -r" : ""} -d ${
        quote(summaryOf(option))
      }`
    ),
  ].join("\n");
}

/** What a shell offers behind `mlspec`, from the very tree of commands that parses it: scripts for bash, zsh and fish. */
import type { Command, Option } from "commander";

export const shells = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof shells)[number];

interface Place {
  /** `rollout start`; of the program itself, empty. */
  readonly path: string;
  readonly commands: readonly { readonly name: string; readonly description: string }[];
  readonly options: readonly Option[];
}

export function completionScript(program: Command, shell: Shell): string {
  const places = placesOf(program, "");
  return { bash, zsh, fish }[shell](places);
}

function placesOf(command: Command, path: string): readonly Place[] {
  const own = { path, commands: command.commands.map((each) => ({ name: each.name(), description: each.description() })), options: command.options.filter(({ hidden }) => !hidden) };
  return [own, ...command.commands.flatMap((each) => placesOf(each, path === "" ? each.name() : `${path} ${each.name()}`))];
}

const longs = ({ options }: Place): readonly string[] => [...options.flatMap(({ long }) => long ?? []), "--help"];
const takesFile = ({ long }: Option): boolean => ["--state", "--data", "--output", "--input", "--token-file", "--predict-token-file", "--tls-cert", "--tls-key"].includes(long ?? "");
const takesWord = (option: Option): boolean => (option.required || option.optional) && !takesFile(option) && option.argChoices === undefined;

/** Words before the cursor that are no options are the command, as far as there is one of that name; the rest is files. */
function bash(places: readonly Place[]): string {
  const values = places.flatMap(({ path, options }) => options.flatMap((option) => {
    if (option.argChoices !== undefined) return [`    "${path} ${option.long ?? ""}") COMPREPLY=($(compgen -W "${option.argChoices.join(" ")}" -- "$word")); return;;`];
    return takesWord(option) ? [`    "${path} ${option.long ?? ""}") return;;`] : [];
  }));
  return `# bash completion of mlspec; made by \`mlspec completion bash\`
_mlspec() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" path="" i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$path \${COMP_WORDS[i]}" in
${places.filter(({ path }) => path !== "").map(({ path }) => `      "${path.includes(" ") ? path : ` ${path}`}") path="${path}";;`).join("\n")}
    esac
  done
  case "$path $before" in
${values.join("\n")}
  esac
  case "$word" in
    -*) case "$path" in
${places.map((place) => `      "${place.path}") COMPREPLY=($(compgen -W "${longs(place).join(" ")}" -- "$word"));;`).join("\n")}
    esac; return;;
  esac
  case "$path" in
${places.filter(({ commands }) => commands.length > 0).map(({ path, commands }) => `    "${path}") COMPREPLY=($(compgen -W "${commands.map(({ name }) => name).join(" ")}" -- "$word")); return;;`).join("\n")}
  esac
  local IFS=$'\\n' # names with spaces
  COMPREPLY=($(compgen -f -- "$word"))
}
complete -o filenames -F _mlspec mlspec
`;
}

const zsh = (places: readonly Place[]): string => `#compdef mlspec
# zsh completion of mlspec; made by \`mlspec completion zsh\`
autoload -U +X bashcompinit && bashcompinit
${bash(places)}`;

const single = (text: string): string => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;

function fish(places: readonly Place[]): string {
  const at = (path: string): string => {
    const names = path.split(" ");
    if (path === "") return "__fish_use_subcommand";
    return names.map((name) => `__fish_seen_subcommand_from ${name}`).join("; and ");
  };
  const lines = places.flatMap(({ path, commands, options }) => [
    ...commands.map(({ name, description }) => {
      const none = path === "" ? "" : `; and not __fish_seen_subcommand_from ${commands.map((each) => each.name).join(" ")}`;
      return `complete -c mlspec -n ${single(at(path) + none)} -f -a ${name} -d ${single(description)}`;
    }),
    ...options.map((option) => {
      const value = option.argChoices !== undefined ? ` -x -a ${single(option.argChoices.join(" "))}` : takesWord(option) ? " -x" : option.required || option.optional ? " -r" : "";
      return `complete -c mlspec -n ${single(at(path))} -l ${(option.long ?? "").replace(/^--/, "")}${value} -d ${single(option.description)}`;
    }),
  ]);
  return `# fish completion of mlspec; made by \`mlspec completion fish\`\n${lines.join("\n")}\n`;
}

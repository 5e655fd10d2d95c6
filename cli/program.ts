/** The commands and their options. Each command's work is in `commands/`, loaded when it is called. */
import { Argument, Command, InvalidArgumentError, Option } from "commander";
import type { Call } from "./call.ts";
import { colorChoices } from "./color.ts";
import { flowed, shellLines } from "./draw/wrap.ts";
import { completionScript, shells, type Shell } from "./completion.ts";
import { exit, exitMeanings } from "./exit-codes.ts";
import { environment, examples, groups } from "./help.ts";
import { formats, readFormat, type Wanted } from "./report/wanted.ts";
import type { Terminal } from "./terminal.ts";
import { version } from "./version.ts";

const stateOption = () => new Option("--state <folder>", "where models, runs and rollouts are kept (default: .mlspec beside the spec)").env("MLSPEC_STATE");
const dataOption = () => new Option("--data <folder>", "what `data:` paths in specs start from").env("MLSPEC_DATA");
const jsonOption = () => new Option("--json", "print JSON for a program instead of text");
const eventsOption = () => new Option("--events <format>", "print what happens as it happens, one JSON object per line").choices(["ndjson"]);

/** Who says it is kept beside what was said: nobody's word does nothing. */
const byOption = (who: string) => new Option("--by <who>", who).argParser((name: string): string => {
  if (name.trim() === "") throw new InvalidArgumentError("it names nobody.");
  return name;
});

function collectFormat(text: string, before: readonly Wanted[]): readonly Wanted[] {
  const wanted = readFormat(text);
  if (wanted === null) throw new InvalidArgumentError(`Allowed choices are ${formats.join(", ")}, each alone or with a file (sarif=report.sarif).`);
  return [...before, wanted];
}

export function createProgram(terminal: Terminal, listening: () => AbortSignal, finish: (code: number) => void): Command {
  const program = new Command("mlspec")
    .description("Checks, trains, serves and rolls out what an .mlspec file declares.")
    .version(version, "-v, --version")
    // Only before the command: `rollout start --version` names a model's version.
    .enablePositionalOptions()
    .configureOutput({ writeOut: terminal.out, writeErr: terminal.err })
    .configureHelp({ minWidthToWrap: 10 })
    .showSuggestionAfterError()
    .showHelpAfterError("(mlspec --help lists the commands)")
    .exitOverride();

  /** Wires a lazily loaded command: `load` gives the function, which gets the arguments in order and then the call. */
  const act = <Args extends unknown[]>(load: () => Promise<(...args: [...Args, Call<never>]) => Promise<number>>) =>
    async (...given: unknown[]): Promise<void> => {
      const options = given.at(-2) as never;
      const command = await load();
      finish(await command(...(given.slice(0, -2) as Args), { options, terminal, interruption: listening }));
    };

  program.command("validate").description("check specs: language, references, types, units and reliability; exit 0 clean, 1 errors found, 2 could not look at everything")
    .argument("<paths...>", ".mlspec files, folders that hold them, quoted globs; `-` is standard input")
    .addOption(new Option("--format <format[=file]>", "how to report, with a file there; may be repeated").choices(formats).default([], "text").argParser(collectFormat))
    .addOption(jsonOption())
    .option("--stdin-name <file>", "the name of the spec on standard input: imports are looked for beside it")
    .addOption(new Option("--output <file>", "write the report there instead of standard output"))
    .option("--strict", "warnings are errors, in the report and for the exit code")
    .option("--watch", "validate again whenever a spec changes, until interrupted")
    .action(act(async () => (await import("./commands/validate.ts")).validate));

  program.command("init").description("look at a file of data and write a first spec of it, that validates and runs; without a file, an example with data of its own")
    .argument("[data]", "a CSV, Parquet or JSON file")
    .option("--label <column>", "the column to predict (default: the likeliest)")
    .option("--output <file>", "the spec to write (default: the data's name, here); what is there already stays")
    .addOption(jsonOption())
    .action(act(async () => (await import("./commands/init.ts")).init));

  program.command("compile").description("print the compiled spec as JSON")
    .argument("[file]", "an .mlspec file")
    .option("--schema", "print the JSON schema of a compiled spec instead")
    .addOption(new Option("--json", "as it is anyway; errors are JSON, too"))
    .action(act(async () => (await import("./commands/compile.ts")).compile));

  program.command("fmt").description("lay specs out as the editor does; lists the files that changed")
    .argument("<paths...>", ".mlspec files, folders that hold them, or - for standard input")
    .option("--check", "change nothing; list the files that would change, and exit 1 if there are any")
    .action(act(async () => (await import("./commands/fmt.ts")).fmt));

  program.command("lineage").description("show what comes from what, or what one thing comes from and reaches")
    .argument("<file>", "an .mlspec file").argument("[name]", "a source, column, feature, model, service …; `source.column` for one column")
    .addOption(new Option("--format <format>", "how to show it").choices(["text", "mermaid", "json"]).default("text")).addOption(jsonOption())
    .addOption(new Option("--direction <direction>", "with a name").choices(["up", "down", "both"]).default("both"))
    .action(act(async () => (await import("./commands/lineage.ts")).lineage));

  program.command("run").description("validate, compute the data, train, evaluate and register; unchanged stages are skipped")
    .argument("<file>", "an .mlspec file")
    .addOption(new Option("--until <stage>", "stop after this stage").choices(["validate", "data", "train", "evaluate", "register"]).default("register"))
    .option("--model <name>", "only this model (default: every model of the file)")
    .addOption(new Option("--device <device>", "train there, whatever the spec says").choices(["cpu", "gpu"]))
    .option("--fresh", "do not use results or checkpoints of earlier runs")
    .addOption(stateOption()).addOption(dataOption()).addOption(eventsOption()).addOption(jsonOption())
    .action(act(async () => (await import("./commands/run.ts")).run));

  program.command("predict").description("a registered version's predictions for every row of a file, as CSV with the rows' numbers")
    .argument("<file>", "an .mlspec file")
    .addOption(new Option("--input <rows>", "a CSV, Parquet or JSON file, or - for CSV or JSON from standard input").makeOptionMandatory())
    .option("--output <file>", "write the predictions there instead of standard output")
    .option("--model <name>", "which model (default: the only one)")
    .option("--version <version>", "a registered version, or how its name begins (default: what is live, else the newest)")
    .addOption(stateOption()).addOption(new Option("--json", "one JSON object per row instead of CSV"))
    .action(act(async () => (await import("./commands/predict.ts")).predict));

  program.command("serve").description("serve a service of the spec over HTTP (Open Inference Protocol v2)")
    .argument("<file>", "an .mlspec file")
    .addOption(new Option("--port <port>", "port; 0 takes a free one").default(8080).argParser(Number))
    .option("--host <host>", "address to listen on", "127.0.0.1")
    .option("--service <name>", "which service (default: the only one)")
    .option("--token-file <file>", "the token that outcomes need, read again when it changes; or MLSPEC_TOKEN (default: made in the state folder)")
    .option("--predict-token-file <file>", "a token that predictions need, too; or MLSPEC_PREDICT_TOKEN")
    .option("--allow-host <name>", "a name by which clients may call the server, beside localhost; may be repeated", (name: string, before: readonly string[]) => [...before, name], [])
    .option("--tls-cert <file>", "serve HTTPS with this certificate (PEM)").option("--tls-key <file>", "and its key (PEM)")
    .option("--insecure-open-predictions", "listen beyond this machine although predictions need no token")
    .option("--strict", "refuse to start, and be unready, where a fallback or an earlier spec would stand in")
    .addOption(new Option("--time-scale <factor>", "let rollouts see time pass this many times faster, up to 100,000 (simulations)").default(1).argParser(Number))
    .addOption(stateOption()).addOption(dataOption()).addOption(eventsOption()).addOption(new Option("--json", "the same as --events ndjson"))
    .action(act(async () => (await import("./commands/serve.ts")).serve));

  addRollout(program, act);
  addDeployments(program, act);

  program.command("state").description("mend what is kept").command("rebuild").description("a new state.db after the old one was lost or damaged; says what could be recovered and what not")
    .argument("<file>", "an .mlspec file")
    .option("--live <service=version>", "what was live, by your word (may be repeated)", (value: string, before: readonly string[]) => [...before, value], [])
    .addOption(byOption("who")).addOption(stateOption()).addOption(jsonOption())
    .action(act(async () => (await import("./commands/state.ts")).rebuild));

  program.command("status").description("what is registered, what is live, what is rolling out, what ran last")
    .argument("<file>", "an .mlspec file").option("--watch", "show it again whenever it is something else, until interrupted; with --json a line each")
    .addOption(stateOption()).addOption(jsonOption())
    .action(act(async () => (await import("./commands/status.ts")).status));

  program.command("doctor").description("is everything there that MLSpec can use, and does it work?")
    .addOption(jsonOption())
    .action(act(async () => (await import("./commands/doctor.ts")).doctor));

  program.command("explain").description("what a check looks for, why it matters, how to mend it, what it cannot see; what an error's code means")
    .argument("[code]", "id of a check, as diagnostics show it, or the code of a problem, a warning or an error; without one, lists them by group").addOption(jsonOption())
    .action(act(async () => (await import("./commands/explain.ts")).explain));

  program.command("completion").description("a script by which a shell completes mlspec's commands and options")
    .addArgument(new Argument("<shell>", "whose").choices(shells))
    .action(act<[Shell]>(() => Promise.resolve((shell) => {
      terminal.out(completionScript(program, shell));
      return Promise.resolve(exit.ok);
    })));

  program.command("language-server").description("the language server, for editors")
    .addOption(new Option("--stdio", "talk over standard input and output").makeOptionMandatory())
    .action(act(async () => (await import("./commands/language-server.ts")).languageServer));

  for (const [heading, names] of groups) for (const each of program.commands) if (names.includes(each.name())) each.helpGroup(heading);
  program.addHelpText("after", () => flowed(`\nEnvironment:\n${environment.map(([name, meaning]) => `  ${name}: ${meaning}`).join("\n")}`, terminal.columns, 4));
  everyCommand(program, (command) => {
    command.addHelpText("after", () => (examples[pathOf(command)] ?? []).map((each, i) => `${i === 0 ? "\nFor example:\n" : ""}${shellLines(each, terminal.columns)}`).join("\n"));
    // What it can mean is taken out of the arguments before (`color.ts`): here it is listed, and refused.
    command.addOption(new Option("--color <when>", "colour the text: auto, always or never; --no-color is never").choices(colorChoices).hideHelp(command !== program));
    command.addHelpText("after", () => flowed(`\nExit codes:\n${exitMeanings.map(([code, meaning]) => `  ${String(code).padEnd(5)}${meaning}`).join("\n")}`, terminal.columns, 5));
  });
  return program;
}

/** `rollout start`; of the program itself, empty. */
function pathOf(command: Command): string {
  const names: string[] = [];
  for (let each: Command | null = command; each?.parent; each = each.parent) names.unshift(each.name());
  return names.join(" ");
}

function everyCommand(command: Command, work: (command: Command) => void): void {
  work(command);
  for (const each of command.commands) everyCommand(each, work);
}

/** Changes of what is live past a rollout's course; every one is checked first, and recorded with who and why. */
function addDeployments(program: Command, act: Act): void {
  const load = async () => import("./commands/deployments.ts");
  const command = (name: string, description: string) =>
    program.command(name).description(description).argument("<file>", "an .mlspec file").addOption(new Option("--service <name>", "which service (default: the only one)"));
  const changing = (name: string, description: string) =>
    command(name, description).addOption(byOption("who")).option("--reason <text>", "why").option("--dry-run", "check whether it could be done; change nothing");
  const abort = () => new Option("--abort-rollout", "end a rollout that is under way, instead of refusing");

  command("versions", "what is registered and could answer, what is live, and how that came to be").addOption(stateOption()).addOption(jsonOption())
    .action(act(async () => (await load()).versions));
  changing("deploy", "put a registered version live at once, without a rollout").argument("<version>", "a registered version, or how its name begins")
    .addOption(abort()).addOption(stateOption()).addOption(jsonOption()).action(act(async () => (await load()).deploy));
  changing("promote", "make the running rollout's candidate live now, past its remaining holds and requirements").argument("<version>", "the candidate, or how its name begins")
    .addOption(stateOption()).addOption(jsonOption()).action(act(async () => (await load()).promote));
  changing("rollback", "go back to the version that was live before, or to an older one").option("--to <version>", "a registered version, or how its name begins")
    .addOption(abort()).addOption(stateOption()).addOption(jsonOption()).action(act(async () => (await load()).rollback));
}

type Act = <Args extends unknown[]>(load: () => Promise<(...args: [...Args, Call<never>]) => Promise<number>>) => (...given: unknown[]) => Promise<void>;

function addRollout(program: Command, act: Act): void {
  const rollout = program.command("rollout").description("bring a new version to users in stages, and back");
  const load = async () => import("./commands/rollout.ts");
  const command = (name: string, description: string) =>
    rollout.command(name).description(description).argument("<file>", "an .mlspec file").addOption(stateOption()).addOption(jsonOption());
  const named = () => new Argument("[rollout]", "which rollout (default: the only one declared)");

  command("start", "start rolling out a version").addArgument(named())
    .option("--version <version>", "a registered version (default: the newest)").addOption(byOption("who starts it"))
    .action(act(async () => (await load()).start));
  command("status", "what it waits for, on what evidence, and how long that will take").addArgument(named())
    .action(act(async () => (await load()).status));
  command("approve", "let a stage that needs approval begin").addArgument(named())
    .addOption(byOption("a member of the stage's role").makeOptionMandatory()).option("--stage <stage>", "which stage (default: the one that waits)")
    .action(act(async () => (await load()).approve));
  command("pause", "stop moving on; traffic stays as it is").addArgument(named()).addOption(byOption("who"))
    .option("--reason <text>", "why").action(act(async () => (await load()).pause));
  command("resume", "go on after a pause").addArgument(named()).addOption(byOption("who"))
    .action(act(async () => (await load()).resume));
  command("abort", "roll back to the version before, at once").addArgument(named())
    .addOption(byOption("who")).option("--reason <text>", "why").action(act(async () => (await load()).abort));
}

/** A stage's outcome as a sentence. The summary's keys are what the stages of `runtime/pipeline` write. */
import type { RunEvent, RunStage } from "../../runtime/events.ts";
import { plural } from "../report/problem.ts";
import { count, metric, short } from "./numbers.ts";

type Summary = Extract<RunEvent, { type: "stage-finished" }>["summary"];

export function stageSentence(stage: RunStage, summary: Summary): string {
  const rest = { ...summary };
  const take = (key: string): string | number | undefined => {
    const value = rest[key];
    delete rest[key];
    return value;
  };
  const number = (key: string): number => Number(take(key) ?? 0);
  const sentence = Object.keys(summary).length === 0 ? "" : sentences[stage](number, take);
  const others = Object.entries(rest).map(([key, value]) => `${typeof value === "number" ? plain(value) : value} ${key}`);
  return [sentence, ...others].filter((part) => part !== "").join(", ");
}

const plain = (value: number): string => (Number.isInteger(value) ? count(value) : metric(value));
const counted = (value: number, noun: string): string => (value === 1 ? plural(1, noun) : `${count(value)} ${noun}s`);

const sentences: Readonly<Record<RunStage, (number: (key: string) => number, take: (key: string) => string | number | undefined) => string>> = {
  validate: (number, take) => `${counted(number("files"), "file")}; a ${take("task") ?? ""} model of ${counted(number("features"), "input")}`,
  data: (number, take) => {
    const mean = take("label mean");
    const parts = `${counted(number("examples"), "example")}: ${count(number("train"))} train, ${count(number("validate"))} validate, ${count(number("test"))} test`;
    return mean === undefined ? parts : `${parts}; label mean ${metric(Number(mean))}`;
  },
  train: (number, take) => {
    const loss = take("loss");
    const device = take("device") === "gpu" ? "GPU" : "CPU";
    const stopped = take("stopped");
    const epochs = `${counted(number("epochs"), "epoch")}${stopped === undefined ? "" : ` (${stopped})`}, the best was ${number("best")}`;
    return `${epochs}${loss === undefined ? "" : ` with loss ${metric(Number(loss))}`}; ${device}, ${short(number("examples/s"))} examples/s`;
  },
  evaluate: (number, take) => {
    const parts = [`${counted(number("rows"), "row")}`, `${counted(number("gates passed"), "gate")} passed`];
    const [failed, skipped, current] = [number("failed"), number("not judged"), take("compared with")];
    if (failed > 0) parts.push(`${count(failed)} failed`);
    if (skipped > 0) parts.push(`${count(skipped)} not judged`);
    if (current !== undefined) parts.push(`compared with ${current}`);
    return parts.join(", ");
  },
  register: (_number, take) => `version ${take("version") ?? ""}`,
};

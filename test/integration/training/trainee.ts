/**
 * A training in a process of its own, which kills itself where it is told to, as a power cut would.
 * Arguments: checkpoint folder; `after-epoch N`, `within-epoch N` or `never 0`.
 */
import { interruptible, interruptibleData } from "./interruptible.ts";
import { train } from "./support.ts";

const [folder = "", where = "never", number = "0"] = process.argv.slice(2);
const die = (): void => void process.kill(process.pid, "SIGKILL");
const [rows, epoch] = [interruptibleData.rows("train"), Number(number)];

await train(interruptible, interruptibleData, {
  checkpoints: folder,
  resume: true,
  onProgress: (done) => {
    if (where === "within-epoch" && done > (epoch - 1) * rows && done < epoch * rows) die();
  },
  onEpoch: (report) => {
    if (where === "after-epoch" && report.epoch === epoch) die();
  },
});

/**
 * Training speed: examples per second of the default engine against PyTorch on the CPU, where the machine's Python has it.
 * A network 32-128-64-1 with Adam, 50,000 rows, batches of 1,024; the two take turns, and the best epoch of each counts.
 */
import { spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";
import { availableParallelism } from "node:os";
import type { Batches, Chunk, TrainingProblem } from "../runtime/training/engine.ts";
import { onnxRuntimeEngine } from "../runtime/training/onnxruntime-engine.ts";
import { random } from "../runtime/training/random.ts";

const [ROWS, WIDTH, EPOCHS, TURNS] = [50_000, 32, 5, 2];
const threads = availableParallelism();

const problem: TrainingProblem = {
  task: "binary", classes: 2, denseWidth: WIDTH, embeddings: [],
  layers: [{ kind: "dense", units: 128, activation: "relu" }, { kind: "dense", units: 64, activation: "relu" }],
  train: {
    optimizer: { kind: "adam", rate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 },
    batch: 1024, epochs: EPOCHS, seed: 42, patience: null, device: "cpu", engine: "onnxruntime", budgetMs: null,
  },
};

function examples(): Chunk {
  const source = random(7);
  const dense = new Float32Array(ROWS * WIDTH).map(() => 2 * source.uniform() - 1);
  const labels = new Float64Array(ROWS).map((_, i) => ((dense[i * WIDTH] ?? 0) * (dense[i * WIDTH + 1] ?? 0) + (dense[i * WIDTH + 2] ?? 0) / 2 > 0 ? 1 : 0));
  return { rows: ROWS, dense, indices: [], labels, weights: new Float64Array(ROWS).fill(1) };
}

async function ourSpeeds(batches: Batches): Promise<number[]> {
  const speeds: number[] = [];
  await onnxRuntimeEngine.train(problem, batches, {
    checkpoints: null, resume: false, signal: new AbortController().signal, now: () => performance.now(),
    onProgress: () => undefined, onMessage: () => undefined, onEpoch: ({ examplesPerSecond }) => speeds.push(examplesPerSecond),
  });
  return speeds;
}

/** The same work, data already in tensors; for each line read, a turn with that many threads, then its best examples per second. */
const pytorch = `
import sys, time, torch
torch.manual_seed(42)
x = torch.rand(${ROWS}, ${WIDTH}) * 2 - 1
y = ((x[:, 0] * x[:, 1] + x[:, 2] / 2) > 0).float().unsqueeze(1)
for line in sys.stdin:
    torch.set_num_threads(int(line))
    net = torch.nn.Sequential(torch.nn.Linear(${WIDTH}, 128), torch.nn.ReLU(), torch.nn.Linear(128, 64), torch.nn.ReLU(), torch.nn.Linear(64, 1))
    optimizer, loss_of = torch.optim.Adam(net.parameters(), lr=0.001), torch.nn.BCEWithLogitsLoss()
    speeds = []
    for epoch in range(${EPOCHS}):
        began = time.perf_counter()
        order = torch.randperm(len(x))
        for i in range(0, len(x), 1024):
            rows = order[i:i + 1024]
            optimizer.zero_grad()
            loss = loss_of(net(x[rows]), y[rows])
            loss.backward()
            optimizer.step()
        loss.item()
        speeds.append(len(x) / (time.perf_counter() - began))
    print(torch.__version__, max(speeds), flush=True)
`;

/** Debian installs for its own Python, which need not be the first on the path. */
const python = ["python3", "/usr/bin/python3"].find((name) => spawnSync(name, ["-c", "import torch"]).status === 0);

async function main(): Promise<void> {
  const data = examples();
  const batches: Batches = { rows: (part) => (part === "train" ? ROWS : 0), async *read() { yield data; } };
  const peer = python === undefined ? null : spawn(python, ["-c", pytorch], { stdio: ["pipe", "pipe", "inherit"] });
  const answers = peer === null ? null : createInterface({ input: peer.stdout })[Symbol.asyncIterator]();
  let [ours, theirs, version] = [0, 0, ""];
  for (let turn = 0; turn < TURNS; turn += 1) {
    ours = Math.max(ours, ...(await ourSpeeds(batches)));
    // On a busy machine PyTorch does better with one thread: it gets the better of both.
    for (const count of new Set([1, threads])) {
      peer?.stdin.write(`${count}\n`);
      const [name = "", speed = "0"] = String((await answers?.next())?.value ?? "").split(" ");
      [version, theirs] = [name, Math.max(theirs, Number(speed))];
    }
  }
  peer?.stdin.end();
  const shown = (speed: number) => `${Math.round(speed).toLocaleString("en")} examples/s (${((1000 * ROWS) / speed).toFixed(0)} ms per epoch)`;
  console.log(`training, MLP ${WIDTH}-128-64-1, Adam, ${ROWS.toLocaleString("en")} rows, batch 1024, ${threads} threads, best epoch of ${TURNS * EPOCHS}`);
  console.log(`  MLSpec (ONNX Runtime)  ${shown(ours)}`);
  if (peer === null) console.log("  PyTorch: not installed here (Debian: python3-torch)");
  else console.log(`  PyTorch ${version}  ${shown(theirs)}\n  ratio ${(ours / theirs).toFixed(2)}`);
}

await main();

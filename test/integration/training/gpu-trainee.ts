/** Trains with `device: gpu` in a process of its own (the graphics driver is chosen when a process starts) and prints the weights. */
import { adam, dense, dropout, examples, inMemory, problem, train } from "./support.ts";

const embeddings = [{ name: "group", rows: 5, size: 2 }];
const what = problem({
  denseWidth: 3, embeddings, layers: [dense(8, "relu"), dropout(0.2), dense(4, "tanh")],
  train: { optimizer: adam(), batch: 16, epochs: 2, device: process.argv[2] as "cpu" | "gpu-required" | "gpu-preferred" },
});
const data = examples({ denseWidth: 3, embeddings }, 60, 1, ([a = 0], [e = 0]) => (a + e / 4 > 0.5 ? 1 : 0));
const messages: string[] = [];
try {
  const network = await train(what, inMemory(data, data), { onMessage: (_level, text) => messages.push(text) });
  const weights = network.layers.flatMap((layer) => [...layer.weights, ...layer.bias]);
  console.log(JSON.stringify({ device: network.device, weights, losses: network.epochs.map(({ validateLoss }) => validateLoss), messages }));
} catch (error) {
  console.log(JSON.stringify({ code: (error as { code?: string }).code, hint: (error as { hint?: string }).hint }));
}

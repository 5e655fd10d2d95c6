/** A training with everything that could make a resumed one differ: two chunks per epoch, dropout, an embedding, Adam. */
import { adam, dense, dropout, examples, inMemory, problem } from "./support.ts";

const embeddings = [{ name: "group", rows: 5, size: 2 }];
export const interruptible = problem({
  denseWidth: 4, embeddings, layers: [dense(8, "relu"), dropout(0.2), dense(4, "tanh")],
  train: { optimizer: adam(0.005), batch: 500, epochs: 4, seed: 3 },
});
const label = (row: readonly number[], indices: readonly number[]): number => ((row[0] ?? 0) * (row[1] ?? 0) + ((indices[0] ?? 0) - 2) / 4 > 0 ? 1 : 0);
export const interruptibleData = inMemory(examples({ denseWidth: 4, embeddings }, 70_000, 1, label), examples({ denseWidth: 4, embeddings }, 2_000, 2, label));

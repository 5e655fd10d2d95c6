/** The smallest specs and files that learn something. */

interface Parts {
  /** `x: float, y: float`. */
  readonly columns: string;
  /** Other properties of the source, such as `time: at`. */
  readonly source?: string;
  readonly read?: string;
  readonly label?: string;
  readonly labelType?: "float" | "bool" | "string" | "int";
  readonly features?: string;
  readonly split?: string;
  /** Other properties of the dataset. */
  readonly dataset?: string;
  /** The inputs' block; by default each feature by its type. */
  readonly inputs?: string;
  readonly network?: string;
  readonly train?: string;
  /** Other properties of the model, such as a baseline. */
  readonly model?: string;
  readonly metrics?: string;
  /** Other properties of the evaluation. */
  readonly evaluation?: string;
}

/** A spec over `data.csv`, whose label `y` is a number unless said otherwise. */
export function small({
  columns, source = "", read = 'csv("data.csv")', label = "y", labelType = "float", features = "[rows.x]", split = "by_hash(train: 70%, validate: 10%, test: 20%)", dataset = "", inputs, network = "[]",
  train = "optimizer: adam(rate: 0.05), batch: 64, epochs: 40, seed: 1", model = "", metrics = labelType === "float" || labelType === "int" ? "[rmse, mae, r2]" : labelType === "bool" ? "[auc, log_loss]" : "[accuracy]", evaluation = "",
}: Parts): string {
  return `
source rows {
  read: ${read}
  ${source}
  columns { ${columns} }
}
label answer: ${labelType} { of: rows, is: ${label} }
dataset all {
  examples: rows
  label: answer
  features: ${features}
  split: ${split}
  ${dataset}
}
model learner {
  predict: answer from all
  ${inputs === undefined ? "" : `inputs { ${inputs} }`}
  network: ${network}
  train { ${train} }
  ${model}
}
evaluation quality of learner {
  metrics: ${metrics}
  ${evaluation}
}
`;
}

/** A CSV file of so many rows, each made from its number and the same random numbers each time. */
export function table(header: string, rows: number, make: (i: number, uniform: () => number) => readonly (string | number | boolean)[], seed = 1): string {
  let state = seed;
  const uniform = (): number => (state = (state * 16_807) % 2_147_483_647) / 2_147_483_647;
  return `${[header, ...Array.from({ length: rows }, (_, i) => make(i, uniform).join(","))].join("\n")}\n`;
}

/** Nearly normal: mean 0, variance 1. */
export const noise = (uniform: () => number): number => Array.from({ length: 12 }, uniform).reduce((sum, each) => sum + each, -6);

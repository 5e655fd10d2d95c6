import { hostile, refused, scores } from "./table.ts";
import { noise, small, table } from "./small.ts";

// What every other case departs from.
hostile("sane data", [
  {
    tried: "a line with a little noise", spec: small({ columns: "x: float, y: float" }),
    files: { "data.csv": table("x,y", 1000, (_, u) => { const x = noise(u); return [x, 3 * x + 1 + noise(u) / 10]; }) }, then: scores("r2", 0.99, 1),
  },
  {
    tried: "yes or no by a threshold", spec: small({ columns: "x: float, y: bool", labelType: "bool" }),
    files: { "data.csv": table("x,y", 1000, (_, u) => { const x = noise(u); return [x, x + noise(u) / 4 > 0]; }) }, then: scores("auc", 0.95, 1),
  },
  {
    tried: "a column that the file lacks", spec: small({ columns: "x: float, y: float" }),
    files: { "data.csv": table("x,z", 100, (_, u) => [noise(u), noise(u)]) }, then: refused("column-missing", /"y"/),
  },
]);

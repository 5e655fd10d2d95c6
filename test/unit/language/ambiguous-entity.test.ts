/** Two columns of a source that hold keys of one entity: fine, until something has to choose. */
import { test } from "vitest";
import { check } from "./harness.ts";

const zones = (pu = " -> zone", dof = " -> zone") => `entity zone { key: id }
source trips {
  read: parquet("trips.parquet")
  time: at
  columns { pu: int${pu}, dof: int${dof}, at: timestamp, fare: float, tipped: bool }
}
source storms {
  read: parquet("storms.parquet")
  time: at
  columns { where_at: int -> zone, at: timestamp, rain: float }
}
label tip: bool { of: trips, is: tipped }
`;
const wet = (from: string) => `features f for zone {\n  from: ${from}\n  n = count() over 1d\n}\n`;
const dataset = (features: string) => `dataset d {\n  examples: trips\n  label: tip\n  features: ${features}\n}\n`;
const later = (of: string, is: string) => `label more: bool {\n  of: ${of}\n  within: 1h\n  is: ${is}\n}\n`;
const several = (decides: string) => `//~ ambiguous-entity: \`pu\` and \`dof\` of \`trips\` both refer to \`zone\`, and only one of them can say ${decides}`;

test.each([
  ["declared, and nothing chooses", zones() + wet("storms")],
  ["features over their events", zones() + wet(`«trips» ${several("whose events they are")}`)],
  ["features over some of their events", zones() + wet(`«trips where fare > 1» ${several("whose events they are")}`)],
  ["one of them alone", zones(undefined, "") + wet("trips") + dataset("[trips.fare, f.n]")],
  ["a look-up in the row of a dataset", zones() + wet("storms") + dataset(`[trips.fare, «f.n»] ${several("whose `f` is looked up")}`)],
  ["a label by later events", zones() + later("trips", `exists(storms where same(«zone»)) ${several("what is the same")}`)],
  ["the later events themselves", zones() + later("storms", `exists(trips where same(«zone»)) ${several("what is the same")}`)],
  ["a column by name", zones() + later("trips", "exists(trips where same(pu))")],
])("%s", async (_title, text) => check(text));

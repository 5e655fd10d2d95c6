import type { CompiledSpec } from "../../grammar/compiled-spec/index.ts";
import { streamsOf, type Stream } from "../analysis/flow.ts";
import { indexOf } from "../analysis/index-of.ts";
import { lineageOf, type LineageGraph } from "../analysis/lineage.ts";
import type { Facts } from "./finding.ts";

export function factsOf(spec: CompiledSpec): Facts {
  let lineage: LineageGraph | undefined;
  let streams: ReadonlyMap<string, readonly Stream[]> | undefined;
  return {
    spec,
    index: indexOf(spec),
    get lineage() {
      return (lineage ??= lineageOf(spec));
    },
    get streams() {
      return (streams ??= streamsOf(this.lineage));
    },
  };
}

import packageJson from "../package.json" with { type: "json" };
import type { CodeVersion } from "../runtime/pipeline/context.ts";

export const version: string = packageJson.version;

/** What a model's bytes depend on besides the spec and the data: recorded with every version. */
export const codeVersion: CodeVersion = {
  version,
  libraries: {
    "onnxruntime-node": packageJson.dependencies["onnxruntime-node"],
    duckdb: packageJson.dependencies["@duckdb/node-api"],
    platform: `${process.platform}-${process.arch}`,
  },
};

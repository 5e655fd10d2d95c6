/**
 * What is recorded about a registered version. `identity` is what the version is: its hash is the version's name, so the
 * same spec, data, code, seed and weights always are the same version. `record` is what was observed when it was
 * registered (metrics, gates, time, parent): it may differ between two runs that produced the same model, and is
 * protected by `checksum`, which covers the whole manifest.
 */
import Type from "typebox";
import { Compile } from "typebox/compile";
import { MlspecError } from "../errors.ts";
import type { GateResult, SliceMetrics } from "../events.ts";
import { canonicalJson } from "./canonical.ts";
import { corrupt } from "./blobs.ts";
import { sha256 } from "./files.ts";

export const manifestVersion = 1;

const Hash = Type.String({ pattern: "^[0-9a-f]{64}$" });
const Blob = Type.Object({ sha256: Hash, bytes: Type.Integer({ minimum: 0 }) });
const Json = Type.Unsafe<Json>(Type.Unknown());
export type Json = string | number | boolean | null | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

export const Identity = Type.Object({
  model: Type.String(),
  spec: Blob,
  dataset: Type.String(),
  code: Type.Object({ version: Type.String(), libraries: Type.Record(Type.String(), Type.String()) }),
  training: Type.Object({ engine: Type.String(), device: Type.String(), seed: Type.Integer() }),
  signature: Json,
  preprocessing: Blob,
  onnx: Blob,
});
export type Identity = Type.Static<typeof Identity>;

export const Baseline = Type.Unsafe<{ readonly name: string; readonly slices: readonly SliceMetrics[] }>(Type.Object({ name: Type.String() }));

export const Record = Type.Object({
  /** ISO 8601, UTC. */
  created: Type.String(),
  /** The version that was live when this one was registered. */
  parent: Type.Union([Type.String(), Type.Null()]),
  run: Type.Union([Type.String(), Type.Null()]),
  datasetReport: Json,
  evaluation: Type.Union([Type.String(), Type.Null()]),
  metrics: Type.Array(Type.Unsafe<SliceMetrics>(Type.Object({ rows: Type.Number() }))),
  baselines: Type.Array(Baseline),
  gates: Type.Array(Type.Unsafe<GateResult>(Type.Object({ text: Type.String(), outcome: Type.String() }))),
});
export type Record = Type.Static<typeof Record>;

export const Manifest = Type.Object({
  manifestVersion: Type.Literal(manifestVersion),
  version: Type.String({ pattern: "^[0-9a-f]{12}$" }),
  identity: Identity,
  record: Record,
  checksum: Hash,
});
export type Manifest = Type.Static<typeof Manifest>;

const validator = Compile(Manifest);

/** The first 12 hex digits of the identity's SHA-256. */
export function versionOf(identity: Identity): string {
  return sha256(canonicalJson(identity)).slice(0, 12);
}

export function createManifest(identity: Identity, record: Record): Manifest {
  const body = { manifestVersion, version: versionOf(identity), identity, record } as const;
  return { ...body, checksum: sha256(canonicalJson(body)) };
}

/** Reads a manifest's text; refuses anything that is not exactly what was written under that name. */
export function readManifest(text: string, path: string, model: string, version: string): Manifest {
  const what = `manifest of ${model} ${version}`;
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw unreadable(what, path, "it is not JSON");
  }
  const declared = typeof parsed === "object" && parsed !== null && "manifestVersion" in parsed ? parsed.manifestVersion : undefined;
  if (typeof declared === "number" && declared > manifestVersion) {
    throw new MlspecError("manifest-too-new", `The ${what} has format ${declared}; this mlspec reads up to ${manifestVersion}.`, {
      where: { file: path }, hint: "Use the mlspec that wrote it, or a newer one.",
    });
  }
  if (!validator.Check(parsed)) throw unreadable(what, path, firstProblem(parsed));
  const { checksum, ...body } = parsed;
  const found = sha256(canonicalJson(body));
  if (found !== checksum) throw corrupt(what, path, checksum, found);
  const named = versionOf(parsed.identity);
  if (named !== version || parsed.version !== version || parsed.identity.model !== model) {
    throw new MlspecError("artifact-corrupt", `The ${what} is not what its name says: ${path} describes ${parsed.identity.model} ${named}.`, {
      where: { file: path }, hint: "The file was renamed or copied. Register the model again with `mlspec run`.",
    });
  }
  return parsed;
}

function unreadable(what: string, path: string, why: string): MlspecError {
  return new MlspecError("artifact-corrupt", `The ${what} cannot be read: ${why} (${path}).`, {
    where: { file: path }, hint: "Run `mlspec run` again to register the model anew, or restore the file from a copy.",
  });
}

function firstProblem(value: unknown): string {
  const problem = validator.Errors(value)[0];
  return problem === undefined ? "it has the wrong shape" : `${problem.instancePath || "the whole"} ${problem.message}`;
}

/** The versions that are loaded, each verified, opened and warmed up before it can be asked. */
import type { CompiledSpec } from "../../grammar/compiled-spec/index.ts";
import { MlspecError, messageOf } from "../errors.ts";
import type { Registry } from "../registry/registry.ts";
import type { ModelSignature, SignatureInput } from "../export/signature.ts";
import { Batcher } from "./batcher.ts";
import { contractOf } from "./contract.ts";
import type { Contract, Hiding } from "./contract.ts";
import type { Metrics } from "./metrics.ts";
import { openRunner } from "./runner.ts";
import { longestPieceMs } from "./turns.ts";
import type { Turns } from "./turns.ts";

/** A short request waits for a run of those before it. */
const longestThreadedRunMs = 50;

export interface OpenVersion {
  readonly version: string;
  readonly signature: ModelSignature;
  readonly contract: Contract;
  readonly batcher: Batcher;
  /** What it was loaded from. */
  readonly files: readonly string[];
  /** Its runs hold the event loop; else they have a thread of their own. */
  readonly inline: boolean;
  release(): Promise<void>;
}

export interface VersionOptions {
  readonly registry: Registry;
  readonly model: string;
  /** What it is served with: a version that predicts something else is refused. */
  readonly spec: CompiledSpec | null;
  readonly fallbackInputs: readonly SignatureInput[];
  readonly units: readonly string[];
  readonly hiding: Hiding | null;
  readonly batch: { readonly size: number; readonly waitMs: number };
  readonly mostWaiting: number;
  readonly metrics: Metrics;
  readonly monotonic: () => number;
  readonly turns: Turns;
  /** What a request may take; a run takes a part of it. */
  readonly timeoutMs: number;
  readonly onLoaded: (version: OpenVersion) => void;
}

export class Versions {
  private readonly options: VersionOptions;
  private readonly open = new Map<string, OpenVersion>();
  private readonly loading = new Map<string, Promise<OpenVersion>>();

  constructor(options: VersionOptions) {
    this.options = options;
  }

  get(version: string): OpenVersion | undefined {
    return this.open.get(version);
  }

  list(): readonly OpenVersion[] {
    return [...this.open.values()];
  }

  /**
   * Requests may be routed to it from the moment this resolves.
   * @throws MlspecError 'artifact-corrupt', 'version-unknown', 'model-unreadable', 'model-failed': nothing has changed then.
   */
  load(version: string): Promise<OpenVersion> {
    const present = this.open.get(version);
    if (present !== undefined) return Promise.resolve(present);
    const under = this.loading.get(version);
    if (under !== undefined) return under;
    const loading = this.read(version, this.list().some(({ inline }) => !inline)).then(async (opened) => {
      if (!opened.inline) await this.moveToThreads();
      this.open.set(version, opened);
      this.options.metrics.info.set({ version }, 1);
      this.options.onLoaded(opened);
      return opened;
    }).finally(() => this.loading.delete(version));
    this.loading.set(version, loading);
    return loading;
  }

  /** Requests that have begun are still answered; the session is freed by the time they are. */
  async unload(version: string): Promise<void> {
    const opened = this.open.get(version);
    if (opened === undefined) return;
    this.open.delete(version);
    this.options.metrics.info.remove({ version });
    await opened.release();
  }

  async unloadAll(): Promise<void> {
    await Promise.all(this.list().map(({ version }) => this.unload(version)));
  }

  /** Versions that are compared answer in the same way: when one needs a thread, each gets one. */
  private async moveToThreads(): Promise<void> {
    for (const before of this.list().filter(({ inline }) => inline)) {
      const after = await this.read(before.version, true);
      if (this.open.get(before.version) !== before) await after.release();
      else {
        this.open.set(before.version, after);
        await before.release();
      }
    }
  }

  private async read(version: string, threaded: boolean): Promise<OpenVersion> {
    const { registry, model, fallbackInputs, units, batch, mostWaiting, metrics, monotonic, turns, timeoutMs } = this.options;
    const { manifest, spec, onnx } = await registry.load(model, version);
    const signature = manifest.identity.signature as unknown as ModelSignature;
    const declared = spec.models.find((each) => each.name === model);
    const dataset = spec.datasets.find((each) => each.name === declared?.dataset);
    if (dataset === undefined) throw new MlspecError("artifact-corrupt", `The spec kept with ${model} ${version} does not declare the model and its dataset.`);
    const contract = contractOf({ inputs: signature.inputs, fallback: fallbackInputs, spec, dataset, units, hiding: this.options.hiding });
    const task = this.options.spec?.models.find((each) => each.name === model)?.task ?? signature.task;
    if (task !== signature.task) {
      throw new MlspecError("contract-mismatch", `${model} ${version} is a ${signature.task} model, while the spec declares a ${task} one: clients would get other answers than they expect.`, { hint: "Serve it with the spec that it was made from, or choose another version." });
    }
    const runner = await openRunner(onnx, signature, contract, batch.size, threaded).catch((error: unknown) => {
      if (error instanceof MlspecError && error.code === "model-unreadable") throw error;
      throw new MlspecError("model-failed", `${model} ${version} cannot answer: ${messageOf(error)}`, { cause: error, hint: "Register it again with `mlspec run`." });
    });
    const rows = metrics.batchRows.labels({ version });
    const batcher = new Batcher((input) => runner.run(input), {
      ...batch, mostWaiting, monotonic, onBatch: (count) => { rows.observe(count); },
      msOfOneRow: runner.msOfOneRow, msOfMore: runner.msOfMore, longestRunMs: runner.inline ? longestPieceMs : Math.min(timeoutMs / 4, longestThreadedRunMs), turn: runner.inline ? () => turns.run() : null,
    });
    const release = async (): Promise<void> => {
      await batcher.drained();
      await runner.release();
    };
    return { version, signature, contract, batcher, files: registry.filesOf(manifest), inline: runner.inline, release };
  }
}

/** Services that this window serves. */
import { type CancellationTokenSource, commands, type Disposable, EventEmitter } from "vscode";

export interface Serving {
  readonly spec: string;
  readonly service: string;
  /** Null until it listens. */
  readonly url: string | null;
  readonly stop: CancellationTokenSource;
}

export class ServingState implements Disposable {
  readonly #changed = new EventEmitter<void>();
  readonly onDidChange = this.#changed.event;
  #all: readonly Serving[] = [];

  get all(): readonly Serving[] {
    return this.#all;
  }

  put(serving: Serving): void {
    this.#set([...this.#all.filter((each) => each.stop !== serving.stop), serving]);
  }

  remove(stop: CancellationTokenSource): void {
    this.#set(this.#all.filter((each) => each.stop !== stop));
  }

  #set(all: readonly Serving[]): void {
    this.#all = all;
    void commands.executeCommand("setContext", "mlspec.serving", all.length > 0);
    this.#changed.fire();
  }

  dispose(): void {
    for (const each of this.#all) each.stop.cancel();
    this.#changed.dispose();
  }
}

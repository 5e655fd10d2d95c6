/** The activity view: per spec its models with their versions, its services and its rollouts. */
import { basename, dirname } from "node:path";
import { Disposable, type Event, ThemeIcon, type TreeDataProvider, TreeItem, TreeItemCollapsibleState, Uri, workspace } from "vscode";
import type { ModelStatus, RolloutSummary, ServiceStatus, VersionStatus } from "../../cli/status-report.ts";
import type { Target } from "../pick.ts";
import { itemKind, progressOf, undeclaredNote } from "../rollout-items.ts";
import type { ServingState } from "../serving-state.ts";
import type { SpecStatus, StatusStore } from "../status-store.ts";

type Node = Target & (
  | { readonly kind: "spec"; readonly status: SpecStatus }
  | { readonly kind: "model"; readonly spec: string; readonly model: ModelStatus }
  | { readonly kind: "version"; readonly spec: string; readonly model: string; readonly version: VersionStatus; readonly run: string | undefined }
  | { readonly kind: "service"; readonly spec: string; readonly service: ServiceStatus }
  | { readonly kind: "rollout"; readonly spec: string; readonly rollout: RolloutSummary });

export class ModelsView implements TreeDataProvider<Node> {
  readonly onDidChangeTreeData: Event<void>;
  readonly #status: StatusStore;
  readonly #serving: ServingState;

  constructor(status: StatusStore, serving: ServingState) {
    this.#status = status;
    this.#serving = serving;
    this.onDidChangeTreeData = (listener, self, disposables) => Disposable.from(serving.onDidChange(listener, self, disposables), status.onDidChange(listener, self, disposables));
  }

  getChildren(node?: Node): Node[] {
    if (node === undefined) return this.#status.statuses.map((status) => ({ kind: "spec", status }));
    const uri = uriOf(node);
    switch (node.kind) {
      case "spec": {
        if (!("report" in node.status)) return [];
        const { spec, report } = node.status;
        return [
          ...report.models.map((model): Node => ({ kind: "model", uri, name: model.name, spec, model })),
          ...report.services.map((service): Node => ({ kind: "service", uri, name: service.name, spec, service })),
          ...report.rollouts.map((rollout): Node => ({ kind: "rollout", uri, name: rollout.name, spec, rollout })),
        ];
      }
      case "model": return node.model.versions.map((version): Node => ({ kind: "version", uri, spec: node.spec, model: node.model.name, version, run: version.run ?? undefined }));
      default: return [];
    }
  }

  getTreeItem(node: Node): TreeItem {
    switch (node.kind) {
      case "spec": return specItem(node.status);
      case "model": {
        // Another id once there are versions: the editor keeps an item that it knows without children closed.
        const made = modelItem(node.model);
        made.id = `${node.spec} ${node.model.name} ${node.model.versions.length > 0}`;
        return made;
      }
      case "version": return versionItem(node.version);
      case "service": return serviceItem(node.service, this.#serving.all.find((each) => each.spec === node.spec && each.service === node.service.name)?.url ?? null);
      case "rollout": return rolloutItem(node.rollout);
    }
  }
}

const uriOf = (node: Node): string => Uri.file(node.kind === "spec" ? node.status.spec : node.spec).toString();

function item(label: string, options: { readonly context: string; readonly icon: string; readonly description?: string; readonly tooltip?: string; readonly open?: TreeItemCollapsibleState }): TreeItem {
  const made = new TreeItem(label, options.open ?? TreeItemCollapsibleState.None);
  made.contextValue = options.context;
  made.iconPath = new ThemeIcon(options.icon);
  if (options.description !== undefined) made.description = options.description;
  made.tooltip = options.tooltip ?? options.description ?? label;
  return made;
}

function specItem(status: SpecStatus): TreeItem {
  const problem = "problem" in status ? status.problem : undefined;
  const made = item(basename(status.spec), { context: "spec", icon: problem === undefined ? "file" : "warning", description: problem ?? folderOf(status.spec), tooltip: problem ?? status.spec, open: TreeItemCollapsibleState.Expanded });
  made.resourceUri = Uri.file(status.spec);
  return made;
}

/** Where the file lies in the workspace; nothing at its top. */
function folderOf(path: string): string {
  const folder = dirname(workspace.asRelativePath(path));
  return folder === "." ? "" : folder;
}

function modelItem(model: ModelStatus): TreeItem {
  const description = model.versions.length === 0 ? "not trained yet" : `${model.versions.length} version${model.versions.length === 1 ? "" : "s"}`;
  return item(model.name, { context: "model", icon: "symbol-method", description, open: model.versions.length === 0 ? TreeItemCollapsibleState.None : TreeItemCollapsibleState.Expanded });
}

function versionItem(version: VersionStatus): TreeItem {
  const metrics = Object.entries(version.metrics).map(([name, value]) => `${name} ${value?.toFixed(4) ?? "–"}`);
  const made = item(version.version, {
    context: "version", icon: version.problem === null ? (version.live ? "pass-filled" : "circle-outline") : "error",
    description: version.problem ?? [version.live ? "live" : "", metrics[0] ?? ""].filter(Boolean).join(", "),
    tooltip: [`registered ${version.created}`, ...metrics, `gates: ${version.gates.passed} passed, ${version.gates.failed} failed, ${version.gates.skipped} not judged`].join("\n"),
  });
  return made;
}

function serviceItem(service: ServiceStatus, url: string | null): TreeItem {
  const answers = service.live === null ? "its fallback answers" : `version ${service.live} is live`;
  const mark = service.declared ? [] : ["known from the state alone"];
  const where = [url ?? (service.process ? `served by process ${service.process.pid}` : "not served"), ...mark].join(", ");
  // The commands on an item choose among what the spec declares: said of what it does not, they would mean another one.
  const kind = service.declared ? { context: url ? "serviceServed" : "service" } : { context: url ? "serviceServedUndeclared" : "serviceUndeclared" };
  return item(service.name, { ...kind, icon: url || service.process ? "broadcast" : "circle-slash", description: where.replace(/^https?:\/\//, ""), tooltip: `${where}; ${answers}` });
}

const rolloutIcons: Readonly<Record<RolloutSummary["state"], string>> = { none: "rocket", active: "sync", paused: "debug-pause", completed: "pass", "rolled-back": "discard", superseded: "history" };

function rolloutItem(rollout: RolloutSummary): TreeItem {
  return item(rollout.name, { context: itemKind(rollout), icon: rolloutIcons[rollout.state], description: progressOf(rollout), tooltip: `${rollout.summary}${undeclaredNote(rollout)}` });
}

import { CancellationTokenSource, env, Uri, window } from "vscode";
import type { ServeEvent } from "../../runtime/service/events.ts";
import type { Host } from "../host.ts";
import { errorOf } from "../mlspec-process.ts";
import { pickName, pickSaved, type Target } from "../pick.ts";
import { settings } from "../settings.ts";
import { confirmTrust } from "../trust.ts";

export async function serve(host: Host, target?: Target): Promise<void> {
  if (!confirmTrust()) return;
  const picked = await pickSaved(host, target, (spec) => spec.services.length > 0, "a service");
  if (picked === null) return;
  const service = await pickName(picked.spec.services.map(({ name }) => name), target?.name, "Serve which service?");
  if (service === null) return;
  const running = host.serving.all.find((each) => each.spec === picked.path && each.service === service);
  if (running !== undefined) {
    void window.showInformationMessage(`${service} is served already${running.url ? ` at ${running.url}` : ""}.`);
    return;
  }
  // Not awaited: a service runs until it is stopped.
  void keepServing(host, picked.path, service);
}

async function keepServing(host: Host, spec: string, service: string): Promise<void> {
  const stop = new CancellationTokenSource();
  host.serving.put({ spec, service, url: null, stop });
  try {
    const args = host.mlspec.withFolders(["serve", "$spec", "--service", service, "--port", String(settings().port), "--events", "ndjson"], spec);
    const outcome = await host.mlspec.call(args, { token: stop.token, onEvent: (event) => take(host, spec, service, stop, event as ServeEvent) });
    if (outcome.code !== 0 && !outcome.cancelled) {
      const error = errorOf(outcome);
      const choice = await window.showErrorMessage([`${service}: ${error.message}`, error.hint].filter(Boolean).join(" "), "Show Log");
      if (choice === "Show Log") host.log.show();
    }
  } finally {
    host.serving.remove(stop);
    host.status.refreshSoon();
  }
}

function take(host: Host, spec: string, service: string, stop: CancellationTokenSource, event: ServeEvent): void {
  switch (event.type) {
    case "listening":
      host.serving.put({ spec, service, url: event.url, stop });
      host.status.refreshSoon();
      void window.showInformationMessage(`${service} listens on ${event.url}; ${event.live ? `version ${event.live} is live` : event.standsIn ? `version ${event.standsIn.for} is live but cannot be loaded, its fallback answers` : "its fallback answers until a version is rolled out"}.`, "Copy Address", "Stop")
        .then((choice) => (choice === "Stop" ? stop.cancel() : choice === "Copy Address" ? env.clipboard.writeText(Uri.parse(event.url).toString()) : undefined));
      return;
    case "rollout-moved":
      host.status.refreshSoon();
      void window.showInformationMessage(`${event.rollout}: ${event.stage === null ? event.state : `stage ${event.stage}`} (${event.reason})`);
      return;
    case "message":
      host.log[event.level === "warning" ? "warn" : "info"](event.text);
      return;
    case "stopped":
      return;
  }
}

export async function stopServing(host: Host, target?: Target): Promise<void> {
  const served = host.serving.all.map(({ service }) => service);
  const name = target?.name ?? await pickName(served, undefined, "Stop which service?");
  host.serving.all.find(({ service }) => service === name)?.stop.cancel();
}

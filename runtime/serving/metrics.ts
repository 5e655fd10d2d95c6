/** What Prometheus reads at GET /metrics. Labels are few and bounded: never an id, a unit or an input's value. */
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from "prom-client";

export type Metrics = ReturnType<typeof createMetrics>;

/** Seconds: from a tenth of a millisecond, where small models answer, to the longest timeouts. */
const latencyBuckets = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export function createMetrics(service: string, model: string) {
  const register = new Registry();
  register.setDefaultLabels({ service, model });
  const registers = [register];
  const counter = <T extends string>(name: string, help: string, labelNames: readonly T[] = []) => new Counter<T>({ name, help, labelNames: [...labelNames], registers });
  const gauge = <T extends string>(name: string, help: string, labelNames: readonly T[] = []) => new Gauge<T>({ name, help, labelNames: [...labelNames], registers });
  return {
    register,
    requests: counter("mlspec_requests_total", "Prediction requests by HTTP status; `gone` when the client's connection broke before the answer.", ["status"]),
    seconds: new Histogram({ name: "mlspec_request_seconds", help: "Time from a request's arrival at the socket to its answer.", buckets: latencyBuckets, registers }),
    inFlight: gauge("mlspec_in_flight", "Requests, rows and bytes of bodies that are under way; connections that are open.", ["what"]),
    connectionsMost: gauge("mlspec_connections_most", "Connections that there is room for: what the process may open, less what its files need."),
    connectionsLost: counter("mlspec_connections_lost_total", "Connections that were refused since there was no room (`refused`), or closed to make some while they carried no request (`quiet`).", ["what"]),
    uncounted: counter("mlspec_uncounted_total", "Requests in a rollout that count in no arm, because the server itself was the cause.", ["arm", "code"]),
    predictions: counter("mlspec_predictions_total", "Answered rows by the version that answered, its arm in a rollout, and whether the model or the fallback did.", ["version", "arm", "by"]),
    errors: counter("mlspec_errors_total", "Refused requests and failed predictions by error code.", ["code"]),
    modelFailures: counter("mlspec_model_failures_total", "Requests that a version could not answer in time or at all.", ["version", "arm", "code"]),
    fallbacks: counter("mlspec_fallbacks_total", "Requests that the fallback answered, by reason.", ["reason"]),
    batchRows: new Histogram({ name: "mlspec_batch_rows", help: "Rows in one run of the model.", labelNames: ["version"], buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024], registers }),
    onlineMisses: counter("mlspec_online_misses_total", "Lookups of entities that the online store does not know.", ["view"]),
    onlineStale: counter("mlspec_online_stale_total", "Lookups that found values older than the view's max_age.", ["view"]),
    onlineAge: gauge("mlspec_online_age_seconds", "Age of a view's values.", ["view"]),
    ignored: counter("mlspec_ignored_inputs_total", "Request fields that the model does not know."),
    shadows: counter("mlspec_shadows_total", "Mirrored requests by outcome.", ["version", "outcome"]),
    logWaiting: gauge("mlspec_log_waiting_lines", "Log lines that wait to be written."),
    logLost: counter("mlspec_log_lost_lines_total", "Log lines that could not be written."),
    logFlushFailures: counter("mlspec_log_flush_failures_total", "Times that a journal could not be turned into Parquet."),
    outcomes: counter("mlspec_outcomes_total", "Outcomes by label and by what they were joined to.", ["label", "joined"]),
    idsAgain: counter("mlspec_ids_again_total", "Predictions under an id that one before them had (`recent`), or whose id the log has or seems to have (`log`): outcomes are the first one's.", ["known"]),
    info: gauge("mlspec_model_info", "1 for each version that is loaded.", ["version"]),
    damaged: gauge("mlspec_model_files_damaged_info", "1 for each loaded version whose files are no longer what was loaded.", ["version"]),
    live: gauge("mlspec_live_info", "1 for the version that is to answer; `fallback` when none is live.", ["version"]),
    answering: gauge("mlspec_answering_info", "1 for the version that requests go to outside of a rollout; `fallback` when it is none.", ["version"]),
    ready: gauge("mlspec_ready", "1 when the service may get requests."),
    degraded: gauge("mlspec_degraded", "1 when it answers, but not as declared: the live version does not answer or its files are damaged, or the log is not written."),
    rollout: {
      info: gauge("mlspec_rollout_info", "1 for the rollout under way, or the last one.", ["rollout", "candidate", "control", "state", "stage"]),
      traffic: gauge("mlspec_rollout_traffic_ratio", "Share of units that the candidate answers.", ["rollout"]),
      held: gauge("mlspec_rollout_held_seconds", "Time in the stage, without pauses and outages.", ["rollout"]),
      waiting: gauge("mlspec_rollout_waiting_info", "1 for what the rollout waits for.", ["rollout", "for"]),
      units: gauge("mlspec_rollout_units", "Distinct units that the stage has seen.", ["rollout", "arm"]),
      mismatch: gauge("mlspec_rollout_sample_ratio_mismatch", "1 when the arms' sizes do not fit the declared shares.", ["rollout"]),
      verdict: gauge("mlspec_rollout_verdict_info", "1 for the present verdict on each requirement of the stage.", ["rollout", "stage", "requirement", "outcome"]),
      against: gauge("mlspec_rollout_evidence_against_ratio", "Evidence against the requirement as a share of what rolls back.", ["rollout", "stage", "requirement"]),
    },
    stateReadable: gauge("mlspec_state_readable", "0 while the state cannot be read, and what is said of the rollout is old."),
  };
}

/** Memory, processor time, event loop lag, garbage collection, start of the process: `process_…` and `nodejs_…`, as every Node service names them. */
export function measureProcess({ register }: Metrics): void {
  collectDefaultMetrics({ register });
}

/** Paths to what the service does. Nothing is decided here; `docs/serving.md` describes each path. */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import Fastify from "fastify";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Access } from "./access/access.ts";
import { guard, showsArm } from "./access/guard.ts";
import { firstIgnored, inferAnswer, predictAnswer, refuseUnknownOutputs } from "./answer.ts";
import { isObject, parseBody } from "./body.ts";
import type { Connections } from "./connections.ts";
import { bodyTooLarge } from "./content-encoding.ts";
import { readPredictRequest } from "./convenience.ts";
import { longestTimerMs } from "./deadline.ts";
import type { InFlightLimits } from "./admission.ts";
import { Intake } from "./intake.ts";
import type { BodyPace } from "./intake.ts";
import { inputsOf, outputsOf } from "./metadata.ts";
import { refuseOtherMethods } from "./methods.ts";
import { answerParserError, holdContinue, refuseExpectations, refuseTunnels } from "./not-http.ts";
import { notKept } from "./outcomes.ts";
import { readInferRequest } from "./protocol.ts";
import { RequestError, errorBody } from "./request-error.ts";
import type { Answer } from "./row-answer.ts";
import type { Running } from "./running.ts";
import type { OpenVersion } from "./versions.ts";

export interface HttpLimits {
  readonly bodyBytes: number;
  readonly rows: number;
  /** Milliseconds that a client may take to send a request. */
  readonly requestTimeoutMs: number;
  readonly bodyPace: BodyPace;
  /** Over all requests under way. */
  readonly inFlight: InFlightLimits;
  /** Null: as many as the process has descriptors for, less what its files need. */
  readonly connections: number | null;
}

export const defaultLimits: HttpLimits = {
  bodyBytes: 8 * 2 ** 20, rows: 10_000, requestTimeoutMs: 30_000, bodyPace: { everyMs: 5_000, bytes: 16 * 2 ** 10 },
  inFlight: { requests: 4_096, rows: 40_000, bytes: 32 * 2 ** 20 }, connections: null,
};

type ModelPath = { Params: { model: string; version?: string } };
const json = "application/json; charset=utf-8";

export function httpServer(running: Running, limits: HttpLimits, access: Access, connections: Connections): FastifyInstance {
  const intake = new Intake({ limits: limits.inFlight, bodyBytes: limits.bodyBytes, bodyPace: limits.bodyPace, monotonic: () => running.clock.monotonic() });
  const told = (refusal: RequestError): void => {
    running.metrics.errors.inc({ code: refusal.code });
    running.counted(refusal.status, undefined);
  };
  running.inFlight = () => ({ ...intake.inFlight(), connections: connections.count });
  const app: FastifyInstance = Fastify({
    logger: false, bodyLimit: limits.bodyBytes,
    // A name may be as long as the request's head, which Node bounds.
    routerOptions: { maxParamLength: 2 ** 16 },
    // Nobody holds what they were given by not reading it.
    serverFactory: (handler) => connections.server(handler, access.tls, { requestTimeoutMs: limits.requestTimeoutMs, silentMs: Math.min(limits.requestTimeoutMs + running.timeoutMs, longestTimerMs) }),
    clientErrorHandler: (error: Error & { readonly code?: string }, socket: Duplex) => { answerParserError(error, socket, told); },
    frameworkErrors: (error: unknown, _request: unknown, reply: FastifyReply) => { refuse(running, reply, fromFramework(error)); },
  });
  refuseExpectations(app.server, told);
  refuseTunnels(app.server, told);
  holdContinue(app.server);
  app.removeAllContentTypeParsers();
  // Parsed by the handler, which says what is wrong with it.
  app.addContentTypeParser("application/json", (request: FastifyRequest, payload: IncomingMessage) => intake.read(request, payload));
  guard(app, access);
  intake.attach(app);
  const refuseRest = refuseOtherMethods(app);
  app.setErrorHandler((error, _request, reply) => { refuse(running, reply, fromFramework(error)); });
  app.setNotFoundHandler((request, reply) => {
    refuse(running, reply, new RequestError(404, "path-unknown", `There is nothing at ${request.method} ${request.url.slice(0, 100)}.`, { hint: "GET /v2 tells what is served here." }));
  });
  addHealth(app, running);
  addModel(app, running);
  addPredictions(app, running, limits, intake);
  refuseRest();
  return app;
}

function addHealth(app: FastifyInstance, running: Running): void {
  app.get("/v2/health/live", (_request, reply) => reply.send({ live: true }));
  app.get("/v2/health/ready", (_request, reply) => {
    const { ready, degraded, live, answering, problems } = running.health();
    return reply.code(ready ? 200 : 503).send({ live: true, ready, degraded, live_version: live, answering_version: answering, problems });
  });
  app.get("/metrics", async (_request, reply) => {
    running.measure();
    return reply.header("content-type", running.metrics.register.contentType).send(await running.metrics.register.metrics());
  });
}

function addModel(app: FastifyInstance, running: Running): void {
  const { model, service, task } = running;
  // The protocol's text writes it without the slash, its OpenAPI document with it.
  for (const path of ["/v2", "/v2/"]) app.get(path, (_request, reply) => reply.send({ name: "mlspec", version: running.serverVersion, extensions: [], service, model }));
  const describe = (request: FastifyRequest<ModelPath>, reply: FastifyReply): FastifyReply => {
    const pinned = versionOf(running, request);
    const described = pinned ?? running.answeringVersion();
    const others = pinned === null ? running.versions.list().filter((version) => version !== described) : [];
    return reply.send({
      name: model, versions: running.versions.list().map(({ version }) => version), platform: "onnx_onnxv1",
      inputs: inputsOf(described?.contract ?? running.fallbackContract, others.map(({ contract }) => contract), running.unit()), outputs: outputsOf(task, (described ?? running.someVersion())?.signature.classes ?? null),
    });
  };
  const ready = (request: FastifyRequest<ModelPath>, reply: FastifyReply): FastifyReply => {
    const unloaded = running.problemOf(request.params.version ?? "");
    if (unloaded !== null && request.params.model === model) return reply.code(503).send({ name: model, ready: false, problems: [unloaded] });
    const pinned = versionOf(running, request);
    const { ready: serviceReady, live, answering, problems } = running.health();
    // A fallback makes the service ready, not the model.
    const isReady = pinned !== null || (serviceReady && live === answering);
    return reply.code(isReady ? 200 : 503).send({ name: model, ready: isReady, ...(isReady ? {} : { problems }) });
  };
  for (const path of ["/v2/models/:model", "/v2/models/:model/versions/:version"]) {
    app.get<ModelPath>(path, describe);
    app.get<ModelPath>(`${path}/ready`, ready);
  }
}

function addPredictions(app: FastifyInstance, running: Running, limits: HttpLimits, intake: Intake): void {
  const { model, task, turns } = running;
  const infer = (request: FastifyRequest<ModelPath>, reply: FastifyReply): Promise<void> => answered(running, intake, request, reply, async (startedAt) => {
    const pinned = versionOf(running, request);
    const pace = turns.pace();
    const asked = await readInferRequest(await parseBody(request.body, pace), limits.rows, pace);
    intake.holdRows(request, asked.rows);
    refuseUnknownOutputs(asked.outputs, task === "multiclass");
    const answer = await running.predictor.predict(asked, pinned, startedAt, sizeOf(request));
    await turns.soon();
    refuseFailure(running, answer);
    return inferAnswer(model, answer, asked, { task, showArm: showsArm(request) });
  });
  app.post<ModelPath>("/v2/models/:model/infer", infer);
  app.post<ModelPath>("/v2/models/:model/versions/:version/infer", infer);
  app.post("/predict", (request, reply) => answered(running, intake, request, reply, async (startedAt) => {
    const pace = turns.pace();
    const body = await parseBody(request.body, pace);
    const asked = await readPredictRequest(body, { mostRows: limits.rows, isField: (name) => running.isField(name), pace });
    intake.holdRows(request, asked.rows);
    const answer = await running.predictor.predict(asked, null, startedAt, sizeOf(request));
    await turns.soon();
    refuseFailure(running, answer);
    return await predictAnswer(model, answer, { many: Object.hasOwn(body, "rows"), showArm: showsArm(request) }, pace);
  }));
  app.post("/v2/outcomes", async (request, reply) => {
    if (!running.keepsOutcomes) throw notKept();
    await turns.next();
    const { outcomes, ignored } = running.outcomes.read(await parseBody(request.body, turns.pace()));
    return reply.code(202).send({ ...await running.outcomes.accept(outcomes), ...firstIgnored(ignored) });
  });
}

/** Characters of a body, which `intake.ts` has read as text. */
const sizeOf = ({ body }: FastifyRequest): number => (typeof body === "string" ? body.length : 0);

function refuseFailure(running: Running, answer: Answer): void {
  if (answer.ignored.length > 0) running.metrics.ignored.inc(answer.ignored.length);
  if (answer.failure !== null) throw answer.failure;
}

/** Counts, times, and keeps the drain waiting until the answer is out. */
async function answered(running: Running, intake: Intake, request: FastifyRequest, reply: FastifyReply, work: (startedAt: number) => Promise<string>): Promise<void> {
  const startedAt = intake.arrivedAt(request);
  if (running.isDraining()) {
    void reply.header("connection", "close");
    refuse(running, reply, new RequestError(503, "draining", "This server is shutting down.", { hint: "Send the request again: another one answers." }));
    return;
  }
  running.began();
  try {
    await running.turns.next(); // what came with it in one round of the loop is not worked on in that round alone
    const body = await work(startedAt);
    running.counted(isGone(reply) ? "gone" : 200, startedAt);
    void reply.header("content-type", json).send(body);
  } catch (error) {
    if (!(error instanceof RequestError)) running.onTrouble(error, "answering a request");
    refuse(running, reply, error, startedAt);
  } finally {
    running.ended();
  }
}

/** Nobody is left to read the answer. */
const isGone = (reply: FastifyReply): boolean => reply.raw.destroyed;

function refuse(running: Running, reply: FastifyReply, error: unknown, startedAt?: number): void {
  const { status, body } = errorBody(error);
  running.metrics.errors.inc({ code: body.code });
  running.counted(isGone(reply) ? "gone" : status, startedAt);
  if (body.code === "body-too-slow") void reply.header("connection", "close"); // the rest of it may never come
  // 429 and 503 mean "not now".
  if (status === 429 || status === 503) void reply.header("retry-after", "1");
  void reply.code(status).header("content-type", json).send(JSON.stringify(body));
}

/** Null when the path names no version. */
function versionOf(running: Running, request: FastifyRequest<ModelPath>): OpenVersion | null {
  const { model, version } = request.params;
  if (model !== running.model) {
    throw new RequestError(404, "model-unknown", `The model ${JSON.stringify(model.slice(0, 100))} is not served here.`, { hint: `This server serves ${running.model}.` });
  }
  if (version === undefined) return null;
  const opened = running.versions.get(version);
  if (opened !== undefined) return opened;
  throw new RequestError(404, "version-unknown", `The version ${JSON.stringify(version.slice(0, 100))} of ${model} is not loaded.`, {
    hint: `Loaded: ${running.versions.list().map((each) => each.version).join(", ") || "none"}.`,
  });
}

/** Fastify's own refusals (too large, aborted, a path that is no URL) in our words; anything else is a fault of ours. */
function fromFramework(error: unknown): unknown {
  if (error instanceof RequestError || !isObject(error)) return error;
  const { code, statusCode } = error;
  if (code === "FST_ERR_CTP_BODY_TOO_LARGE") return bodyTooLarge();
  if (code === "FST_ERR_BAD_URL") return new RequestError(400, "request-invalid", "The path is no URL's.", { part: "path", hint: "After each % come two hex digits, together UTF-8 (RFC 3986, 2.5)." });
  if (typeof statusCode === "number" && statusCode >= 400 && statusCode < 500) return new RequestError(statusCode, "request-invalid", "The request is not valid HTTP.");
  return error;
}

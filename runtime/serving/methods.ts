/** A path that exists answers every other method with 405 and the ones it takes (RFC 9110, 15.5.6), not with 404. */
import type { FastifyInstance } from "fastify";
import { RequestError } from "./request-error.ts";

/** Call before the paths are added; the function that it returns, after. */
export function refuseOtherMethods(app: FastifyInstance): () => void {
  const taken = new Map<string, Set<string>>();
  app.addHook("onRoute", ({ url, method }) => {
    const methods = taken.get(url) ?? new Set();
    taken.set(url, methods);
    for (const each of [method].flat()) methods.add(each);
  });
  return () => {
    for (const [url, methods] of [...taken]) {
      const allow = [...methods].sort().join(", ");
      const method = app.supportedMethods.filter((each) => !methods.has(each));
      app.route({
        method, url, exposeHeadRoute: false,
        handler: (request, reply) => {
          void reply.header("allow", allow);
          throw new RequestError(405, "method-not-allowed", `This path does not take ${request.method}.`, { hint: `It takes ${allow}.` });
        },
      });
    }
  };
}

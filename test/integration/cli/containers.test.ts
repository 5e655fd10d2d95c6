/** Two containers with one volume: each counts its processes for itself, so that the id of one says nothing in the other. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { lockHolder, takeLock } from "../../../runtime/pipeline/lock.ts";
import { mlspec, start } from "./mlspec.ts";
import { project, type Project } from "./people.ts";

const apart = ["--user", "--map-root-user", "--pid", "--fork", "--kill-child", "--mount-proc"];
const canBeApart = (() => {
  try {
    execFileSync("unshare", [...apart, "true"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
})();

let shop: Project;
beforeAll(async () => { shop = await project(); });
afterAll(() => shop.remove());

test.skipIf(!canBeApart)("of two servers in containers of their own the second refuses, and whoever looks from outside sees the first", async () => {
  const server = start(shop.folder, ["serve", "people.mlspec", "--port", "0", "--events", "ndjson"], {}, ["unshare", ...apart]);
  const { url } = await server.event<{ readonly type: "listening"; readonly url: string }>("listening");
  const second = await start(shop.folder, ["serve", "people.mlspec", "--port", "0"], {}, ["unshare", ...apart]).ended;
  expect(second.code).toBe(2);
  expect(second.err).toMatch(/^error\[already-serving\]: The service answer is already served from this state folder by process \d+ of another container or machine \(.+\) at http/);
  expect(second.err).toContain(url);
  const outside = await mlspec(shop.folder, "serve", "people.mlspec", "--port", "0");
  expect(outside.err).toContain("error[already-serving]");
  const { services } = JSON.parse((await mlspec(shop.folder, "status", "people.mlspec", "--json")).out) as { readonly services: readonly { readonly process: unknown }[] };
  expect(services[0]?.process).toMatchObject({ pid: expect.any(Number) });
  expect((await fetch(`${url}/v2/health/ready`)).status).toBe(200);

  // Killed, as a container is: its place is free at once, for whoever comes from elsewhere.
  server.child.kill("SIGKILL");
  await server.ended;
  expect(JSON.parse((await mlspec(shop.folder, "status", "people.mlspec", "--json")).out)).toMatchObject({ services: [{ process: null }] });
  const next = start(shop.folder, ["serve", "people.mlspec", "--port", "0", "--events", "ndjson"]);
  await next.event("listening");
  next.child.kill("SIGTERM");
  expect((await next.ended).code).toBe(0);
});

test.runIf(process.platform === "linux")("a lock of another container's process holds while the system says so, whatever process has that id here", async () => {
  const path = join(shop.folder, "training.lock");
  const holder = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", "--input-type=module-typescript", "-e", `
    import { takeLock } from ${JSON.stringify(join(import.meta.dirname, "../../../runtime/pipeline/lock.ts"))};
    takeLock(${JSON.stringify(path)}, "training");
    console.log("held");
    setInterval(() => undefined, 1000);`], { stdio: ["ignore", "pipe", "inherit"] });
  await once(holder.stdout, "data");
  const seenFrom = (pid: number): void => writeFileSync(path, `${pid} another-boot:1 - pid:[1]@shop-2`);
  seenFrom(2 ** 22);
  expect(() => takeLock(path, "training of buyer")).toThrowError(`process ${2 ** 22} of another container or machine (shop-2) is working on training of buyer already`);
  expect(lockHolder(path)).toMatchObject({ pid: 2 ** 22 });
  holder.kill("SIGKILL");
  await once(holder, "exit");
  // A living process, of this container, has the id by chance.
  seenFrom(process.ppid);
  expect(lockHolder(path)).toBeNull();
  takeLock(path, "training of buyer").release();
  expect(readFileSync(`${path}.held`)).toHaveLength(0);
});

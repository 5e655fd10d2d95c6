/** What a state folder holds is for its owner alone, also where the user's umask would let everyone read. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openDatabase } from "../../../runtime/data/database.ts";
import { mlspec } from "./mlspec.ts";
import { peopleSpec, project, rolloutOfPeople, type Project } from "./people.ts";
import { predict } from "./traffic.ts";

const program = join(import.meta.dirname, "..", "..", "..", "cli", "main.ts");

let shop: Project;
beforeAll(async () => { shop = await project({ "people.mlspec": peopleSpec() + rolloutOfPeople }); });
afterAll(() => shop.remove());

/** With everything allowed that a umask can allow. */
function generous(...args: readonly string[]) {
  const line = ["umask 000; exec \"$0\" \"$@\"", process.execPath, "--disable-warning=ExperimentalWarning", program, ...args];
  return spawn("sh", ["-c", ...line], { cwd: shop.folder, env: { ...process.env, NO_COLOR: "1" }, stdio: ["ignore", "pipe", "inherit"] });
}

function everything(folder: string): readonly { readonly path: string; readonly mode: string }[] {
  const modes = (path: string): { path: string; mode: string }[] => {
    const stat = lstatSync(path);
    return [{ path, mode: (stat.mode & 0o777).toString(8) }, ...(stat.isDirectory() ? readdirSync(path).flatMap((name) => modes(join(path, name))) : [])];
  };
  return modes(folder);
}

const openTo = (folder: string) => everything(folder).filter(({ path, mode }) => mode !== (lstatSync(path).isDirectory() ? "700" : "600"));

describe.skipIf(process.platform === "win32")("for its owner alone", () => {
  test("runs, checkpoints, data, models, the state's database, the online store, the log, while serving and afterwards", async () => {
    expect((await once(generous("run", "people.mlspec").on("error", () => undefined), "close"))[0]).toBe(0);
    const state = join(shop.folder, ".mlspec");
    expect(openTo(state)).toEqual([]);

    const server = generous("serve", "people.mlspec", "--port", "0", "--events", "ndjson");
    const url = await new Promise<string>((resolve, reject) => {
      server.on("close", (code) => { reject(new Error(`serve ended with ${code}`)); });
      createInterface({ input: server.stdout }).on("line", (line) => { if (line.includes('"listening"')) resolve((JSON.parse(line) as { url: string }).url); });
    });
    await predict(url);
    expect((await once(generous("rollout", "start", "people.mlspec"), "close"))[0]).toBe(0);
    expect(openTo(state)).toEqual([]);
    const closed = once(server, "close");
    server.kill("SIGTERM");
    await closed;
    const all = everything(state).map(({ path }) => path.slice(state.length));
    for (const there of ["/state.db", "/registry/models/buyer", "/online/answer/data.mdb", "/token"]) expect(all).toContain(there);
    expect(all.some((path) => /^\/log\/answer\/.*\.parquet$/.test(path)), all.join("\n")).toBe(true);
    expect(openTo(state)).toEqual([]);
  });

  test("what an earlier version made open is closed at the next command", async () => {
    const state = join(shop.folder, ".mlspec");
    for (const { path } of everything(state)) chmodSync(path, lstatSync(path).isDirectory() ? 0o755 : 0o644);
    expect((await mlspec(shop.folder, "status", "people.mlspec")).code).toBe(0);
    expect(openTo(state)).toEqual([]);
  });

  test("a folder that the user names keeps what else is in it; looking makes nothing", async () => {
    const named = join(shop.folder, "kept");
    mkdirSync(named);
    writeFileSync(join(named, "notes.txt"), "mine");
    chmodSync(named, 0o755);
    chmodSync(join(named, "notes.txt"), 0o644);
    expect((await mlspec(shop.folder, "status", "people.mlspec", "--state", named)).code).toBe(0);
    expect(everything(named).map(({ mode }) => mode)).toEqual(["755", "644"]);
    expect((await mlspec(shop.folder, "status", "people.mlspec", "--state", join(shop.folder, "nowhere"))).code).toBe(0);
    expect(existsSync(join(shop.folder, "nowhere"))).toBe(false);
  });
});

test("a dataset holds of what is personal only the columns that a model or an evaluation reads", async () => {
  const shop = await project({
    "people.mlspec": peopleSpec(
      ["person_id: string,", "person_id: string @pii,"], ["income: float", "income: float @pii"], ["income = standardize(log1p(people.income))", ""],
    ),
  });
  try {
    expect((await mlspec(shop.folder, "run", "people.mlspec")).err).toBe("");
    using database = await openDatabase();
    const columns = await database.rows(`SELECT DISTINCT name FROM parquet_schema('${join(shop.folder, ".mlspec", "datasets", "*", "*.parquet")}')`);
    const names = columns.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(["age", "city", "__label"]));
    expect(names).not.toContain("person_id");
    expect(names).not.toContain("income");
  } finally {
    await shop.remove();
  }
});

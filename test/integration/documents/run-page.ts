/** Follows a page as a reader would: writes its files, runs its commands, asks its queries, and compares what it shows with what comes. */
import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openDatabase } from "../../../runtime/data/database.ts";
import { commandsOf, fencesOf, isShell, isShown, lastJson, misshapen, shownIn, type Fence } from "./page.ts";
import { pageCalled, root } from "./pages.ts";
import { Session, type Ran } from "./session.ts";

export function runPage(name: string, prepare: (session: Session) => Promise<void> | void = () => undefined): void {
  const out = join(root, "dist", `page-${process.pid}`);
  let session: Session;
  let last: Ran | undefined;

  beforeAll(async () => {
    execFileSync(process.execPath, [join(root, "esbuild.mjs"), "--out", out], { cwd: root });
    session = await Session.open(join(out, "cli", "main.mjs"));
    await prepare(session);
  });
  afterAll(async () => {
    await session.close();
    rmSync(out, { recursive: true, force: true });
  });

  const steps = fencesOf(name, pageCalled(name).text).filter((fence) => fence.said["not-run"] === undefined && ("file" in fence.said || isShell(fence) || ["json", "sql"].includes(fence.language)));

  // In order, and none after one that failed: the later ones stand on it.
  describe(name, { sequential: true }, () => {
    let broken: string | undefined;
    test.each(steps.map((fence) => ({ fence, what: "file" in fence.said ? fence.said["file"] : (commandsOf(fence).trim().split("\n")[0] ?? "").slice(0, 70), line: fence.line })))("line $line: $what", async ({ fence }) => {
      if (broken !== undefined) throw new Error(`not reached: ${broken} failed`);
      if (isShell(fence)) broken = `line ${fence.line}`;
      last = (await follow(session, fence, last)) ?? last;
      broken = undefined;
    });
  });
}

async function follow(session: Session, fence: Fence, last: Ran | undefined): Promise<Ran | undefined> {
  if (fence.said["file"] !== undefined) return void session.write(fence.said["file"], fence.text);
  if (fence.language === "json") return void compare(fence, last);
  if (fence.language === "sql") return void (await ask(session, fence));
  const ran = await session.run(commandsOf(fence));
  const wanted = fence.said["exit"];
  expect(ran.failed.map((line) => line.split(" ")[0]), `${ran.failed.join("\n")}\n${ran.out}\n${ran.err}`).toEqual(wanted === undefined ? [] : [wanted]);
  if (fence.language === "console") expect(isShown(shownIn(fence), ran.out + ran.err), `is not what is shown:\n${ran.out}${ran.err}`).toBe(true);
  return ran;
}

/** JSON that follows commands is what they answer; other JSON is only looked at by the unit tests. */
function compare(fence: Fence, last: Ran | undefined): void {
  if (last !== undefined) expect(misshapen(JSON.parse(fence.text), lastJson(last.out), "part" in fence.said), last.out).toEqual([]);
}

/** The log is written every `flush`: asked until there is an answer. */
async function ask(session: Session, fence: Fence): Promise<void> {
  const database = await openDatabase();
  try {
    await database.run(`SET file_search_path = '${session.folder}'`);
    for (let tries = 0; ; tries++) {
      const rows = await database.rows(fence.text).catch((error: unknown) => (tries < 100 ? [] : Promise.reject(error as Error)));
      if (rows.length > 0) return;
      if (tries >= 100) throw new Error("the query finds no rows");
      await sleep(300);
    }
  } finally {
    database.close();
  }
}

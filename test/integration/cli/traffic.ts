/** A client of `mlspec serve` that keeps asking, and remembers what it was promised. */
import { readFile, readdir } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import { openDatabase } from "../../../runtime/data/database.ts";
import { people } from "./people.ts";

export interface Answer {
  readonly id: string;
  readonly prediction: number | null;
  readonly version: string | null;
  /** When asked for with the service's token. */
  readonly arm?: string;
  readonly fallback: string | null;
}

/** Header fields by which whoever runs the service is told the arm. */
export const showArm = async (tokenFile: string | null): Promise<Headers> => ({ authorization: `Bearer ${(await readFile(tokenFile ?? "", "utf8")).trim()}`, "mlspec-show": "arm" });

type Headers = Readonly<Record<string, string>>;

export async function post(url: string, path: string, body: unknown, more: Headers = {}): Promise<{ readonly status: number; readonly body: Record<string, unknown> }> {
  const response = await fetch(`${url}${path}`, { method: "POST", headers: { "content-type": "application/json", ...more }, body: typeof body === "string" ? body : JSON.stringify(body) });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

/** Announces a body of so many bytes and waits for the answer, as a client that asks before it sends would. */
export function announce(url: string, path: string, bytes: number): Promise<{ readonly status: number; readonly body: Record<string, unknown> }> {
  return new Promise((resolve, reject) => {
    const asked = request(`${url}${path}`, { method: "POST", headers: { "content-type": "application/json", "content-length": bytes } }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => {
        asked.destroy();
        resolve({ status: response.statusCode ?? 0, body: JSON.parse(Buffer.concat(chunks).toString("utf8")) as Record<string, unknown> });
      });
    });
    asked.on("error", reject);
    asked.flushHeaders();
  });
}

const clients = people(400).map(({ person_id, age, city, income }) => ({ person_id, age: Number(age), city: city === "" ? null : city, income: Number(income) }));

export const predict = async (url: string, rows: readonly object[] = clients.slice(0, 40), more: Headers = {}): Promise<readonly Answer[]> => {
  const { status, body } = await post(url, "/predict", { rows }, more);
  if (status !== 200) throw new Error(`${status}: ${JSON.stringify(body)}`);
  return body["predictions"] as readonly Answer[];
};

export interface Traffic {
  /** Every answer that arrived. */
  readonly answers: readonly Answer[];
  /** Asks no more, and waits for what is under way. */
  stop(): Promise<void>;
}

/** Asks for 40 people at a time, one request after another; a server that went away is asked again until `stop`. */
export function traffic(url: () => string, more: Headers = {}): Traffic {
  const answers: Answer[] = [];
  let going = true;
  const asking = (async () => {
    for (let page = 0; going; page++) {
      const from = (page * 40) % clients.length;
      try {
        answers.push(...(await predict(url(), clients.slice(from, from + 40), more)));
      } catch {
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
  })();
  return {
    answers,
    stop: async () => {
      going = false;
      await asking;
    },
  };
}

/** Ids in the prediction log's Parquet files. */
export async function loggedIds(state: string, service: string): Promise<ReadonlySet<string>> {
  const folder = join(state, "log", service);
  if (!(await readdir(folder)).some((name) => name.endsWith(".parquet"))) return new Set();
  using database = await openDatabase();
  const rows = await database.rows(`SELECT DISTINCT id FROM read_parquet('${folder}/*.parquet', union_by_name = true)`);
  return new Set(rows.map((row) => row["id"] as string));
}

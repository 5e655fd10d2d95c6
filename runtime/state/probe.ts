/** For `mlspec doctor`: does SQLite work on this machine? */
import { DatabaseSync } from "node:sqlite";

/** Writes and reads a row in memory and returns SQLite's version; throws when it cannot. */
export function probeSqlite(): string {
  const connection = new DatabaseSync(":memory:");
  try {
    connection.exec("CREATE TABLE t (x INTEGER) STRICT; INSERT INTO t VALUES (42)");
    const row = connection.prepare("SELECT x, sqlite_version() AS version FROM t").get();
    if (row?.["x"] !== 42) throw new Error("SQLite read back another value than was written");
    return String(row["version"]);
  } finally {
    connection.close();
  }
}

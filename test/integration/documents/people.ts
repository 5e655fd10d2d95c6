import { csv, people, peopleSpec } from "../cli/people.ts";
import type { Session } from "./session.ts";

/** The small project: its spec and its data. */
export function writePeople(session: Session): void {
  session.write("people.mlspec", peopleSpec());
  session.write("people.csv", csv(people()));
}

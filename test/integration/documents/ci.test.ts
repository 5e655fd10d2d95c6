/** docs/ci.md, followed in a small project. */
import { writePeople } from "./people.ts";
import { runPage } from "./run-page.ts";

runPage("docs/ci.md", writePeople);

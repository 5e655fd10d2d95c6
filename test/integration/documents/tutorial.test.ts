/** docs/tutorial.md, typed in an empty folder. */
import { runPage } from "./run-page.ts";

runPage("docs/tutorial.md");

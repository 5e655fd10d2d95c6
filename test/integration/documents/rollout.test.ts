/** docs/rollout.md, followed in a copy of the yarn shop. */
import { copyShop } from "./shop.ts";
import { runPage } from "./run-page.ts";

runPage("docs/rollout.md", copyShop);

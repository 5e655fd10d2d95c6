/** docs/serving.md, followed in a copy of the yarn shop. */
import { copyShop } from "./shop.ts";
import { runPage } from "./run-page.ts";

runPage("docs/serving.md", copyShop);

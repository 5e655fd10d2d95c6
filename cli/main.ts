#!/usr/bin/env node
/** Where `mlspec` begins: with a Node that is too old for it, by starting itself again. Everything else is in `start.ts`. */
import { isTooOld, restart } from "./right-node.ts";

if (isTooOld(process.versions.node)) process.exitCode = await restart();
else await import("./start.ts");

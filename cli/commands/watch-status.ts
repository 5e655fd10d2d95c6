/** `mlspec status --watch`: what there is, and again whenever it is something else, until interrupted. */
import { setTimeout as wait } from "node:timers/promises";
import { messageOf } from "../../runtime/errors.ts";
import { tellError } from "../exit.ts";
import type { Terminal } from "../terminal.ts";

const EVERY_MS = 1000;
/** To the upper left, and nothing below. */
const CLEAR = "\u001b[H\u001b[2J\u001b[3J";

/**
 * Where a person looks, the screen is drawn anew; elsewhere what is new follows what was. `read` gives what is to be shown.
 * @throws what reading throws at first; later it is told, once each, and watching goes on.
 */
export async function watchStatus(read: () => Promise<string>, clear: boolean, terminal: Terminal): Promise<never> {
  let [shown, told] = ["", ""];
  for (let first = true; ; first = false) {
    try {
      const text = await read();
      if (text !== shown) terminal.out(clear ? CLEAR + text : text);
      [shown, told] = [text, ""];
    } catch (error) {
      if (first) throw error;
      if (messageOf(error) !== told) tellError(terminal, error);
      told = messageOf(error);
    }
    await wait(EVERY_MS);
  }
}

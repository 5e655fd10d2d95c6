/**
 * Loaded into a process with `--import`, puts mistakes into MLSpec that it does not have: whatever reads a source called `faulty` throws, and so does
 * the parser for a text that says `boom`.
 */
import { Names } from "../../../language-server/language/names.ts";
import { MlspecParser } from "../../../language-server/language/parser.ts";

const reusedColumns = Reflect.get(Names.prototype, "reusedColumns");
Names.prototype.reusedColumns = function (source) {
  if (source.name === "faulty") throw new TypeError("made on purpose");
  return reusedColumns.call(this, source);
};

const parse = Reflect.get(MlspecParser.prototype, "parse");
MlspecParser.prototype.parse = function (input, options) {
  if (input.includes("boom")) throw new TypeError("made on purpose in the parser");
  return parse.call(this, input, options) as never;
};

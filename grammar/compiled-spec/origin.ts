import Type from "typebox";

/**
 * Where something was written: index into `CompiledSpec.files`, then start line, start character, end line, end
 * character (all from 0, characters in UTF-16 units, as in the language server protocol).
 */
export const Origin = Type.Object({
  file: Type.Integer({ minimum: 0 }),
  range: Type.Tuple([Type.Integer(), Type.Integer(), Type.Integer(), Type.Integer()]),
});
export type Origin = Type.Static<typeof Origin>;

/**
 * What every declaration has. `origin` is the range of the name; `at` gives the range of a property's value by the
 * property's name (`at.timeout`), for findings that should point inside the declaration.
 */
export const named = {
  name: Type.String(),
  doc: Type.Union([Type.String(), Type.Null()]),
  origin: Origin,
  at: Type.Record(Type.String(), Origin),
};

export const nullable = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
/** Milliseconds. */
export const Milliseconds = Type.Number();
/** 0 to 1. */
export const Share = Type.Number({ minimum: 0, maximum: 1 });

/** jstat ships no types; `normal.ts` gives the little that we use its shape. */
declare module "jstat";

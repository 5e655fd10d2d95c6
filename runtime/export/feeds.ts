/** Raw values → feeds lives with preprocessing, which encoding for training shares; serving and tests find it here. */
export { feedsFromColumns, feedsFromRows, type RawColumn, type RawRow, type RawValue } from "../preprocess/feeds.ts";

/** Raw values → feeds lives with preprocessing, which encoding for training shares; serving and tests find it here. */
export { feedsFromColumns, type RawValue } from "../preprocess/feeds.ts";

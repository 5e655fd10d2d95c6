/** Latencies as counts in buckets that grow by a tenth: 0.05 ms to minutes in 160 buckets, each value known to within 10%. */

const SMALLEST_MS = 0.05;
const GROWTH = 1.1;
const BUCKETS = 160;

/** Bucket b holds latencies in (edge(b − 1), edge(b)]; the first also all smaller ones, the last all larger. */
export function latencyBucket(latencyMs: number): number {
  if (!(latencyMs > SMALLEST_MS)) return 0;
  return Math.min(BUCKETS - 1, Math.ceil(Math.log(latencyMs / SMALLEST_MS) / Math.log(GROWTH) - 1e-9));
}

/** The bucket's upper edge in milliseconds. */
export function latencyEdge(bucket: number): number {
  return SMALLEST_MS * GROWTH ** bucket;
}

/** The latency that a share `quantile` of the requests stay within; NaN without requests. Linear within a bucket. */
export function latencyQuantile(counts: ReadonlyMap<number, number>, quantile: number): number {
  const buckets = [...counts].sort(([a], [b]) => a - b);
  const total = buckets.reduce((sum, [, count]) => sum + count, 0);
  let below = 0;
  for (const [bucket, count] of buckets) {
    const wanted = quantile * total - below;
    if (wanted <= count) {
      const low = bucket === 0 ? 0 : latencyEdge(bucket - 1);
      return low + (latencyEdge(bucket) - low) * Math.max(0, wanted / count);
    }
    below += count;
  }
  return NaN;
}

/** How many requests took longer than `limitMs`; the limit's own bucket is divided evenly, so that parts of requests may count. */
export function slowerThan(counts: ReadonlyMap<number, number>, limitMs: number): number {
  let slower = 0;
  for (const [bucket, count] of counts) {
    const low = bucket === 0 ? 0 : latencyEdge(bucket - 1);
    const high = latencyEdge(bucket);
    if (low >= limitMs) slower += count;
    else if (high > limitMs) slower += (count * (high - limitMs)) / (high - low);
  }
  return slower;
}

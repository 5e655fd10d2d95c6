/** Data to begin with, for who has none at hand: made up, and the same each time. */

export function exampleCsv(count = 1000): string {
  let state = 1;
  // Park and Miller's generator: enough for an example.
  const uniform = (): number => (state = (state * 16_807) % 2_147_483_647) / 2_147_483_647;
  const rows = Array.from({ length: count }, (_, i) => {
    const age = 18 + Math.floor(uniform() * 60);
    const city = ["Berlin", "Paris", "Rome", ""][Math.floor(uniform() * 4)] ?? "";
    const visits = Math.floor(uniform() * 12);
    const score = (age - 45) / 15 + (city === "Rome" ? 1 : 0) + (visits - 6) / 3;
    return `p${i + 1},${age},${city},${visits},${uniform() < 1 / (1 + Math.exp(-score))}`;
  });
  return `person_id,age,city,visits,bought\n${rows.join("\n")}\n`;
}

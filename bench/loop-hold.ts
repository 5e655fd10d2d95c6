/**
 * Preloaded into a server that is measured (`node --import`): how long its event loop is held at a time, in processor time of its thread. A machine that does
 * other things meanwhile makes every answer late, but is not in that. It says so when asked `held?`, since `held from now`.
 */
const beatMs = 5;
const held: number[] = [];
let before = process.threadCpuUsage();

setInterval(() => {
  const { user, system } = process.threadCpuUsage(before);
  before = process.threadCpuUsage();
  held.push((user + system) / 1000);
}, beatMs).unref();

process.on("message", (message) => {
  if (message === "held from now") held.length = 0;
  if (message === "held?") process.send?.([...held].sort((a, b) => a - b));
});

/**
 * Who meets the candidate. A unit's position in [0, 1) is a hash of the rollout (its id and its secret salt) and the unit, and the candidate answers the positions
 * below the stage's share: a unit keeps its arm while the share stays, growing shares only add units, and another rollout
 * draws afresh.
 */
import { createHash } from "node:crypto";
import type { Arm } from "./exposure.ts";

const BITS = 52;

/** 52 bits of SHA-256 of the rollout's id and the unit: exact in a JavaScript number. */
export function unitHash(rollout: string, unit: string): number {
  const digest = createHash("sha256").update(rollout).update("\0").update(unit).digest();
  return digest.readUIntBE(0, 6) * 16 + (digest.readUInt8(6) >> 4);
}

/** Uniform in [0, 1). */
export function position(rollout: string, unit: string): number {
  return unitHash(rollout, unit) / 2 ** BITS;
}

export function armOf(rollout: string, unit: string, share: number): Arm {
  return position(rollout, unit) < share ? "candidate" : "control";
}

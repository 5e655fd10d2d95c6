/** The static checks: a new one is a file of its own and a line here. */
import { approvalCannotBeGiven } from "./approval-cannot-be-given.ts";
import { featureNotOnline } from "./feature-not-online.ts";
import type { Check } from "./finding.ts";
import { lastStagePartial } from "./last-stage-partial.ts";
import { latencyAboveTimeout } from "./latency-above-timeout.ts";
import { leakageFromLabel } from "./leakage-from-label.ts";
import { leakageThroughTime } from "./leakage-through-time.ts";
import { noEvaluationGate } from "./no-evaluation-gate.ts";
import { noFallback } from "./no-fallback.ts";
import { piiReachesModel } from "./pii-reaches-model.ts";
import { recoveryExceedsBudget } from "./recovery-exceeds-budget.ts";
import { requirementCannotBeJudged } from "./requirement-cannot-be-judged.ts";
import { requirementImplied } from "./requirement-implied.ts";
import { requirementsContradict } from "./requirements-contradict.ts";
import { stageUnderpowered } from "./stage-underpowered.ts";
import { unusedDeclaration } from "./unused-declaration.ts";
import { unusedSuppression } from "./unused-suppression.ts";
import { windowExceedsRetention } from "./window-exceeds-retention.ts";
import { windowInsideLateness } from "./window-inside-lateness.ts";

export const checks: readonly Check[] = [
  leakageThroughTime,
  leakageFromLabel,
  windowExceedsRetention,
  windowInsideLateness,
  featureNotOnline,
  piiReachesModel,
  noEvaluationGate,
  noFallback,
  recoveryExceedsBudget,
  stageUnderpowered,
  lastStagePartial,
  requirementCannotBeJudged,
  requirementsContradict,
  requirementImplied,
  latencyAboveTimeout,
  approvalCannotBeGiven,
  unusedDeclaration,
  unusedSuppression,
];

export const checkById: ReadonlyMap<string, Check> = new Map(checks.map((check) => [check.id, check]));

export { type ChainPlan, ChainPlanError, planOf, readChainPlan, writeChainPlan } from "./chainPlan.ts";
export { ensureSettlement, type SettledOn } from "./ensureSettlement.ts";
export { planChain } from "./planChain.ts";
export { beginRecovery, endRecovery, recoveryOf } from "./recoveryMark.ts";

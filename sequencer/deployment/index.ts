export { type ChainPlan, ChainPlanError, readChainPlan } from "./chainPlan.ts";
export { ensureSettlement, type SettledOn } from "./ensureSettlement.ts";
export { planChain } from "./planChain.ts";

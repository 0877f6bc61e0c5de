import { type GetLogsReturnType, getAbiItem } from "viem";
import { optimismPortalAbi } from "../../contracts/index.ts";

/** The portal's events that make up the queue. */
export const PORTAL_EVENTS = [
  getAbiItem({ abi: optimismPortalAbi, name: "TransactionDeposited" }),
  getAbiItem({ abi: optimismPortalAbi, name: "MessageEnqueued" }),
  getAbiItem({ abi: optimismPortalAbi, name: "TransactionForced" }),
] as const;

/** One of them, of a block that is not pending. */
export type PortalLog = GetLogsReturnType<undefined, typeof PORTAL_EVENTS, true, bigint, bigint>[number];

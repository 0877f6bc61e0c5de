import { BaseError, createPublicClient, http } from "viem";
import { optimismPortalAbi, rollupAbi } from "../../../contracts/index.ts";
import { bytesToHex, type Hex } from "../../../protocol/index.ts";
import { serverError } from "../json-rpc/rpcError.ts";

/** What L1 knows of a withdrawal. Times in seconds. */
export interface WithdrawalOnL1 {
  /** Of L1's latest block: what "now" is there. */
  now: number;
  finalizationPeriod: number;
  /** Undefined: not shown to the portal, or against an output that is gone. */
  proven: { timestamp: number; l2OutputIndex: number; outputProvenAt: number } | undefined;
  /** When the limit on value lets it go, if no other withdrawal goes before; given that it is proven. */
  limitedUntil: number;
  finalized: boolean;
  /** Finalized, but its call failed and waits for a replay. */
  failed: boolean;
}

/** The portal on L1, for telling users where their withdrawals are. */
export interface PortalView {
  withdrawal(hash: Uint8Array, value: bigint): Promise<WithdrawalOnL1>;
}

export function createPortalView(options: { l1Url: string; portal: Hex; rollup: Hex }): PortalView {
  const client = createPublicClient({
    transport: http(options.l1Url, { retryCount: 1, timeout: 5_000 }),
    cacheTime: 0,
  });
  const portal = { address: options.portal, abi: optimismPortalAbi } as const;
  const rollup = { address: options.rollup, abi: rollupAbi } as const;

  async function read(hash: Hex, value: bigint): Promise<WithdrawalOnL1> {
    const block = await client.getBlock();
    const at = { blockNumber: block.number };
    const args = [hash] as const;
    const [period, [outputRoot, timestamp, index], finalized, failed, outputs] = await Promise.all([
      client.readContract({ ...rollup, ...at, functionName: "finalizationPeriodSeconds" }),
      client.readContract({ ...portal, ...at, functionName: "provenWithdrawals", args }),
      client.readContract({ ...portal, ...at, functionName: "finalizedWithdrawals", args }),
      client.readContract({ ...portal, ...at, functionName: "failedWithdrawals", args }),
      client.readContract({ ...rollup, ...at, functionName: "nextOutputIndex" }),
    ]);
    const known = { now: Number(block.timestamp), finalizationPeriod: Number(period), finalized, failed };
    if (timestamp === 0n || index >= outputs) return { ...known, proven: undefined, limitedUntil: 0 };
    const output = await client.readContract({
      ...rollup,
      ...at,
      functionName: "getL2Output",
      args: [index],
    });
    if (output.outputRoot !== outputRoot) return { ...known, proven: undefined, limitedUntil: 0 };
    const limitedUntil = await client.readContract({
      ...portal,
      ...at,
      functionName: "withdrawalAvailableAt",
      args: [value, timestamp + period],
    });
    const proven = {
      timestamp: Number(timestamp),
      l2OutputIndex: Number(index),
      outputProvenAt: Number(output.timestamp),
    };
    return { ...known, proven, limitedUntil: Number(limitedUntil) };
  }

  return {
    async withdrawal(hash, value) {
      try {
        return await read(bytesToHex(hash), value);
      } catch (error) {
        if (!(error instanceof BaseError)) throw error;
        throw serverError(`L1 does not answer: ${error.shortMessage.split("\n")[0]}`);
      }
    },
  };
}

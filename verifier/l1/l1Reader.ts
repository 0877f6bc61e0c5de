/** What is asked of L1 besides logs. Answers are checked in form; that they belong together is the callers' to check. */
import { decodeFunctionResult, encodeFunctionData, type Hex, numberToHex } from "viem";
import { z } from "zod";
import { optimismPortalAbi, rollupAbi } from "../../contracts/index.ts";
import { bytesToHex, hexToBytes } from "../../protocol/index.ts";
import { L1RefusedError, type L1Rpc } from "./l1Rpc.ts";
import type { L1Header } from "./l1Types.ts";

/** A transaction to the rollup. */
export interface CommitTransaction {
  input: Uint8Array;
  to: Uint8Array;
  blobHashes: Uint8Array[];
}

/** The rollup and its queue after an L1 block. */
export interface SettlementState {
  last: { number: number; hash: Uint8Array };
  proven: number;
  finalized: number;
  messages: number;
}

export interface L1Reader {
  chainId(): Promise<number>;
  /** Undefined where the address has no code. */
  portalOf(rollup: Hex): Promise<Hex | undefined>;
  /** What the rollup names batch 0 by. */
  genesisHash(rollup: Hex): Promise<Uint8Array>;
  head(): Promise<{ number: number; hash: Uint8Array }>;
  /** Undefined when L1 has no block of this number. */
  blockHash(number: number): Promise<Uint8Array | undefined>;
  header(number: number): Promise<L1Header | undefined>;
  /** Undefined when L1 does not have it. */
  transaction(hash: Uint8Array): Promise<CommitTransaction | undefined>;
  state(settlement: { rollup: Hex; portal: Hex }, blockHash: Uint8Array): Promise<SettlementState>;
}

/** EIP-4844's smallest price: it stands for that of an L1 which has no blobs. */
const LEAST_BLOB_BASE_FEE = 1n;

const bytes = z.templateLiteral(["0x", z.string().regex(/^([0-9a-fA-F]{2})*$/)]);
const word = z.templateLiteral(["0x", z.string().regex(/^[0-9a-fA-F]{64}$/)]);
const quantity = z
  .string()
  .regex(/^0x[0-9a-fA-F]{1,64}$/)
  .transform(BigInt);
const count = z
  .string()
  .regex(/^0x[0-9a-fA-F]{1,12}$/)
  .transform(Number);
const blockSchema = z
  .object({
    number: count,
    hash: word,
    parentHash: word,
    timestamp: count,
    baseFeePerGas: quantity.optional(),
  })
  .nullable();
const feesSchema = z.object({ baseFeePerBlobGas: z.array(quantity).nullish() });
const transactionSchema = z
  .object({ input: bytes, to: bytes.nullable(), blobVersionedHashes: z.array(word).nullish() })
  .nullable();

export function createL1Reader(rpc: L1Rpc): L1Reader {
  async function ask<T>(schema: z.ZodType<T>, method: string, params: unknown[]): Promise<T> {
    const parsed = schema.safeParse(await rpc.request(method, params));
    if (parsed.success) return parsed.data;
    throw new L1RefusedError(method, "its answer has not the form that it should have");
  }
  const block = (tag: Hex | "latest") => ask(blockSchema, "eth_getBlockByNumber", [tag, false]);
  const call = (to: Hex, data: Hex, at: unknown) => ask(bytes, "eth_call", [{ to, data }, at]);
  const read = (rollup: Hex, at: unknown) => ({
    async uint(functionName: "lastProvenBatch" | "lastFinalizedBatch"): Promise<number> {
      const data = await call(rollup, encodeFunctionData({ abi: rollupAbi, functionName }), at);
      return Number(decodeFunctionResult({ abi: rollupAbi, functionName, data }));
    },
    async last() {
      const form = { abi: rollupAbi, functionName: "lastBatch" } as const;
      const data = await call(rollup, encodeFunctionData(form), at);
      const { number, batchHash } = decodeFunctionResult({ ...form, data });
      return { number: Number(number), hash: hexToBytes(batchHash) };
    },
  });

  return {
    chainId: () => ask(count, "eth_chainId", []),
    async portalOf(rollup) {
      if ((await ask(bytes, "eth_getCode", [rollup, "latest"])) === "0x") return undefined;
      const form = { abi: rollupAbi, functionName: "queue" } as const;
      const data = await call(rollup, encodeFunctionData(form), "latest");
      return data === "0x" ? undefined : decodeFunctionResult({ ...form, data });
    },
    async genesisHash(rollup) {
      const form = { abi: rollupAbi, functionName: "batchHash" } as const;
      const data = await call(rollup, encodeFunctionData({ ...form, args: [0n] }), "latest");
      return hexToBytes(decodeFunctionResult({ ...form, data }));
    },
    async head() {
      const found = await block("latest");
      if (found === null) throw new L1RefusedError("eth_getBlockByNumber", "there is no newest block");
      return { number: found.number, hash: hexToBytes(found.hash) };
    },
    async blockHash(number) {
      const found = await block(numberToHex(number));
      return found === null ? undefined : hexToBytes(found.hash);
    },
    async header(number) {
      const tag = numberToHex(number);
      const found = await block(tag);
      if (found === null) return undefined;
      // It says the price under whatever blob schedule (EIP-7892) L1 has.
      const fees = await ask(feesSchema, "eth_feeHistory", ["0x1", tag, []]);
      const { hash, parentHash, timestamp, baseFeePerGas } = found;
      const price = fees.baseFeePerBlobGas?.[0] ?? LEAST_BLOB_BASE_FEE;
      return {
        number,
        hash: hexToBytes(hash),
        parentHash: hexToBytes(parentHash),
        timestamp,
        baseFee: baseFeePerGas ?? 0n,
        blobBaseFee: price > LEAST_BLOB_BASE_FEE ? price : LEAST_BLOB_BASE_FEE,
      };
    },
    async transaction(hash) {
      const found = await ask(transactionSchema, "eth_getTransactionByHash", [bytesToHex(hash)]);
      if (found === null) return undefined;
      return {
        input: hexToBytes(found.input),
        to: hexToBytes(found.to ?? "0x"),
        blobHashes: (found.blobVersionedHashes ?? []).map((one) => hexToBytes(one)),
      };
    },
    async state({ rollup, portal }, blockHash) {
      const at = { blockHash: bytesToHex(blockHash) };
      const form = { abi: optimismPortalAbi, functionName: "count" } as const;
      const { uint, last } = read(rollup, at);
      const [lastBatch, proven, finalized, messages] = await Promise.all([
        last(),
        uint("lastProvenBatch"),
        uint("lastFinalizedBatch"),
        call(portal, encodeFunctionData(form), at),
      ]);
      return {
        last: lastBatch,
        proven,
        finalized,
        messages: Number(decodeFunctionResult({ ...form, data: messages })),
      };
    },
  };
}

import {
  BaseError,
  ContractFunctionZeroDataError,
  createPublicClient,
  http,
  numberToHex,
  type PublicClient,
} from "viem";
import { z } from "zod";
import { optimismPortalAbi } from "../../contracts/index.ts";
import { bytesToHex, type Hex, hexToBytes } from "../../protocol/index.ts";
import type { L1BlockRecord } from "../chain-store/index.ts";
import type { QueueEnd } from "./messagesOfLogs.ts";
import { PORTAL_EVENTS, type PortalLog } from "./portalEvents.ts";
import { L1UnavailableError } from "./watcherErrors.ts";

/** What is asked of L1. Whatever goes wrong is an L1UnavailableError. */
export interface L1Reader {
  headNumber(): Promise<number>;
  /** Undefined when L1 has no block of this number. */
  blockHash(number: number): Promise<Uint8Array | undefined>;
  block(number: number): Promise<L1BlockRecord>;
  /** The portal's events of these blocks, in L1 order; undefined when the node finds that too much at once. */
  portalLogs(from: number, to: number): Promise<PortalLog[] | undefined>;
  /** The portal's queue after the block with this hash. */
  queueAt(blockHash: Uint8Array): Promise<QueueEnd>;
}

/** EIP-4844's smallest price: it stands for that of an L1 which has no blobs. */
const LEAST_BLOB_BASE_FEE = 1n;
const TIMEOUT_MS = 10_000;

const word = z.templateLiteral(["0x", z.string().regex(/^[0-9a-fA-F]{64}$/)]);
const quantity = z
  .string()
  .regex(/^0x[0-9a-fA-F]{1,64}$/)
  .transform(BigInt);
const blockSchema = z
  .object({ hash: word, parentHash: word, timestamp: quantity, baseFeePerGas: quantity.optional() })
  .nullable();
const feesSchema = z.object({ baseFeePerBlobGas: z.array(quantity).nullish() });

export function createL1Reader(url: string, portal: Hex): L1Reader {
  const client = createPublicClient({ transport: http(url, { retryCount: 0, timeout: TIMEOUT_MS }) });
  const rawBlock = async (number: number) =>
    blockSchema.parse(await ask(client, "eth_getBlockByNumber", [numberToHex(number), false]));
  return {
    headNumber: () => asked("head of L1", async () => Number(await client.getBlockNumber({ cacheTime: 0 }))),
    blockHash: (number) =>
      asked(`L1 block ${number}`, async () => {
        const block = await rawBlock(number);
        return block === null ? undefined : hexToBytes(block.hash);
      }),
    block: (number) =>
      asked(`L1 block ${number}`, async () => {
        const [block, blobBaseFee] = await Promise.all([rawBlock(number), readBlobBaseFee(client, number)]);
        if (block === null)
          throw new L1UnavailableError(`L1 block ${number}`, new TypeError("L1 does not have it"));
        const { hash, parentHash, timestamp, baseFeePerGas } = block;
        return {
          number,
          hash: hexToBytes(hash),
          parentHash: hexToBytes(parentHash),
          timestamp: Number(timestamp),
          baseFee: baseFeePerGas ?? 0n,
          blobBaseFee,
        };
      }),
    portalLogs: (from, to) => asked("events of the portal", () => portalLogs(client, portal, from, to)),
    queueAt: (blockHash) =>
      asked("queue of messages", () => readQueue(client, portal, bytesToHex(blockHash))),
  };
}

async function asked<T>(what: string, question: () => Promise<T>): Promise<T> {
  try {
    return await question();
  } catch (error) {
    throw error instanceof L1UnavailableError ? error : new L1UnavailableError(what, error);
  }
}

/** The answer as it comes: viem's own reading of it leaves parts out. */
function ask(client: PublicClient, method: string, params: unknown[]): Promise<unknown> {
  return client.request<{ Method: string; Parameters: unknown[]; ReturnType: unknown }>({ method, params });
}

/** From the fee history, which says the price under whatever blob schedule (EIP-7892) L1 has. */
async function readBlobBaseFee(client: PublicClient, number: number): Promise<bigint> {
  const answer = feesSchema.parse(await ask(client, "eth_feeHistory", ["0x1", numberToHex(number), []]));
  const price = answer.baseFeePerBlobGas?.[0] ?? LEAST_BLOB_BASE_FEE;
  return price > LEAST_BLOB_BASE_FEE ? price : LEAST_BLOB_BASE_FEE;
}

/** What providers say of a range that they do not answer: codes -32005, -32602 and words differ. */
const TOO_MUCH = /range|limit|too (many|large|wide)|exceed|response size|timeout/i;

async function portalLogs(
  client: PublicClient,
  portal: Hex,
  from: number,
  to: number,
): Promise<PortalLog[] | undefined> {
  try {
    return await client.getLogs({
      address: portal,
      events: PORTAL_EVENTS,
      fromBlock: BigInt(from),
      toBlock: BigInt(to),
      strict: true,
    });
  } catch (error) {
    const words = error instanceof BaseError ? `${error.shortMessage} ${error.details}` : "";
    if (to > from && TOO_MUCH.test(words)) return undefined;
    throw error;
  }
}

async function readQueue(client: PublicClient, portal: Hex, blockHash: Hex): Promise<QueueEnd> {
  const contract = { address: portal, abi: optimismPortalAbi, blockHash } as const;
  let count: bigint;
  try {
    count = await client.readContract({ ...contract, functionName: "count" });
  } catch (error) {
    const isAbsent =
      error instanceof BaseError &&
      error.walk((one) => one instanceof ContractFunctionZeroDataError) !== null;
    // Its creation comes a few blocks after the first of the settlement.
    if (isAbsent) return { count: 0, rollingHash: new Uint8Array(32) };
    throw error;
  }
  const rollingHash = await client.readContract({ ...contract, functionName: "rollingHash", args: [count] });
  return { count: Number(count), rollingHash: hexToBytes(rollingHash) };
}

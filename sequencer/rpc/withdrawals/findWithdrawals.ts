import { decodeEventLog } from "viem";
import { PREDEPLOYS } from "../../../contracts/index.ts";
import { bytesEqual, bytesToHex, hexToBytes, keccak256, type Log } from "../../../protocol/index.ts";
import type { RpcContext } from "../context.ts";

/** A withdrawal as L2ToL1MessagePasser recorded it. */
export interface SentWithdrawal {
  withdrawalHash: Uint8Array;
  nonce: bigint;
  sender: string;
  target: string;
  value: bigint;
  gasLimit: bigint;
  data: string;
  blockNumber: number;
  transactionHash: Uint8Array;
}

const PASSER = hexToBytes(PREDEPLOYS.l2ToL1MessagePasser);
const MESSAGE_PASSED = [
  {
    type: "event",
    name: "MessagePassed",
    inputs: [
      { name: "nonce", type: "uint256", indexed: true },
      { name: "sender", type: "address", indexed: true },
      { name: "target", type: "address", indexed: true },
      { name: "value", type: "uint256" },
      { name: "gasLimit", type: "uint256" },
      { name: "data", type: "bytes" },
      { name: "withdrawalHash", type: "bytes32" },
    ],
  },
] as const;
const TOPIC = keccak256(
  new TextEncoder().encode("MessagePassed(uint256,address,address,uint256,uint256,bytes,bytes32)"),
);

type Where = Pick<RpcContext, "chain" | "state"> & { heads: Pick<RpcContext["heads"], "heads"> };

/** By the hash of the transaction that sent them, or of one withdrawal itself; none when neither is known. */
export async function findWithdrawals(context: Where, hash: Uint8Array): Promise<SentWithdrawal[]> {
  const mined = await context.chain.receiptByHash(hash);
  if (mined !== undefined) {
    const { blockNumber, transaction } = mined;
    return mined.receipt.logs.flatMap((log) => sentIn(log, blockNumber, transaction.hash));
  }
  const block = await blockThatSent(context, hash);
  if (block === undefined) return [];
  const logs = await context.chain.logs({
    fromBlock: block,
    toBlock: block,
    addresses: [PASSER],
    topics: [[TOPIC]],
    limit: 100_000,
  });
  return logs
    .flatMap(({ log, blockNumber, transactionHash }) => sentIn(log, blockNumber, transactionHash))
    .filter(({ withdrawalHash }) => bytesEqual(withdrawalHash, hash));
}

function sentIn(log: Log, blockNumber: number, transactionHash: Uint8Array): SentWithdrawal[] {
  const [topic, ...indexed] = log.topics;
  if (topic === undefined || !bytesEqual(log.address, PASSER) || !bytesEqual(topic, TOPIC)) return [];
  const { args } = decodeEventLog({
    abi: MESSAGE_PASSED,
    data: bytesToHex(log.data),
    topics: [bytesToHex(topic), ...indexed.map(bytesToHex)],
  });
  return [{ ...args, withdrawalHash: hexToBytes(args.withdrawalHash), blockNumber, transactionHash }];
}

/** `sentMessages[hash]` becomes true once and stays: the block is found by halving, without an index. */
async function blockThatSent(context: Where, hash: Uint8Array): Promise<number | undefined> {
  const slot = keccak256(Buffer.concat([hash, new Uint8Array(32)]));
  const isSent = async (block: number): Promise<boolean> => {
    const state = await context.state.at(block);
    try {
      return state.storage(PASSER, slot).length > 0;
    } finally {
      state.close();
    }
  };
  let high = context.heads.heads().latest.number;
  if (!(await isSent(high))) return undefined;
  let low = 0;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (await isSent(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

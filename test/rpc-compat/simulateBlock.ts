import type { ServedChain } from "./servedChain.ts";

type Fields = Record<string, unknown>;

/** What the real and the simulated block must have in common. */
const SAME = [
  "parentHash",
  "number",
  "timestamp",
  "miner",
  "mixHash",
  "difficulty",
  "gasLimit",
  "gasUsed",
  "baseFeePerGas",
  "logsBloom",
  "stateRoot",
  "blobGasUsed",
  "excessBlobGas",
  "parentBeaconBlockRoot",
  "requestsHash",
  "withdrawalsRoot",
  "withdrawals",
];

function callOf(transaction: Fields): Fields {
  const { type, from, to, gas, gasPrice, value, input, nonce, accessList, authorizationList } = transaction;
  const call: Fields = { from, gas, value, input, nonce };
  if (to !== null) call["to"] = to;
  if (accessList !== undefined) call["accessList"] = accessList;
  if (type === "0x0" || type === "0x1") return { ...call, gasPrice };
  const { maxFeePerGas, maxPriorityFeePerGas, maxFeePerBlobGas, blobVersionedHashes } = transaction;
  return {
    ...call,
    maxFeePerGas,
    maxPriorityFeePerGas,
    ...(type === "0x3" ? { maxFeePerBlobGas, blobVersionedHashes } : {}),
    ...(type === "0x4" ? { authorizationList } : {}),
  };
}

function overridesOf(block: Fields): Fields {
  const { number, timestamp, gasLimit, miner, mixHash, difficulty, parentBeaconBlockRoot, withdrawals } =
    block;
  return {
    number,
    time: timestamp,
    gasLimit,
    feeRecipient: miner,
    prevRandao: mixHash,
    difficulty,
    ...(parentBeaconBlockRoot === undefined ? {} : { beaconRoot: parentBeaconBlockRoot }),
    ...(withdrawals === undefined ? {} : { withdrawals }),
  };
}

const pick = (fields: Fields, names: readonly string[]): Fields =>
  Object.fromEntries(names.filter((name) => name in fields).map((name) => [name, fields[name]]));

const logOf = (log: Fields) => pick(log, ["address", "topics", "data", "logIndex", "transactionIndex"]);

/**
 * Simulates a block of the chain with its own transactions on its parent, in validation mode, and answers what must be
 * equal of both.
 */
export async function simulateBlock(
  served: ServedChain,
  number: number,
): Promise<{ real: unknown; simulated: unknown; transactions: number }> {
  const hex = (value: number) => `0x${value.toString(16)}`;
  const block: Fields = Object(await served.call("eth_getBlockByNumber", hex(number), true));
  const receipts: Fields[] = Object(await served.call("eth_getBlockReceipts", hex(number)));
  const transactions: Fields[] = Object(block["transactions"]);
  const request = {
    blockStateCalls: [{ blockOverrides: overridesOf(block), calls: transactions.map(callOf) }],
    validation: true,
  };
  const [answer]: Fields[] = Object(await served.call("eth_simulateV1", request, hex(number - 1)));
  const calls: Fields[] = Object(answer?.["calls"]);
  // A gas price makes a simulated transaction a legacy one: its receipt has another type then.
  const names = transactions.some(({ type }) => type === "0x1") ? SAME : [...SAME, "receiptsRoot"];
  return {
    transactions: transactions.length,
    real: {
      ...pick(block, names),
      calls: receipts.map(({ gasUsed, status, logs }) => ({
        gasUsed,
        status,
        logs: Object(logs).map(logOf),
      })),
    },
    simulated: {
      ...pick(answer ?? {}, names),
      calls: calls.map(({ gasUsed, status, logs }) => ({ gasUsed, status, logs: Object(logs).map(logOf) })),
    },
  };
}

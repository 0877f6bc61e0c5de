import { RLP } from "@ethereumjs/rlp";
import type { BlockExecutionReport, ExecutedBlock, Location } from "../../../executor/index.ts";
import {
  bigIntToBytes,
  decodeTransaction,
  headerHash,
  keccak256,
  type Log,
  logsBloom,
  orInto,
  padTo32,
  type Receipt,
  type Transaction,
} from "../../../protocol/index.ts";

/** What a generated transaction left behind. */
export interface Outcome {
  logs: Log[];
  creates: boolean;
  status: 0 | 1;
}

export function hashOf(...parts: (string | number)[]): Uint8Array {
  return keccak256(new TextEncoder().encode(parts.join("/")));
}

export function addressOf(...parts: (string | number)[]): Uint8Array {
  return hashOf(...parts).slice(12);
}

/** A well-formed signed transaction; nobody recovers its signature, the store must not either. */
export function generatedTransaction(label: string, nonce: number, creates: boolean): Transaction {
  const fields = [7357n, nonce, 1_000_000_000n, 3_000_000_000n, 21_000n].map((n) => bigIntToBytes(BigInt(n)));
  const to = creates ? new Uint8Array(0) : addressOf(label, "to");
  const signature = [
    new Uint8Array(0),
    hashOf(label, "r", nonce).fill(1, 0, 1),
    hashOf(label, nonce).fill(1, 0, 1),
  ];
  const body = RLP.encode([...fields, to, bigIntToBytes(12_345n), new Uint8Array(0), [], ...signature]);
  return decodeTransaction(new Uint8Array([2, ...body]), { sender: addressOf(label, "sender") });
}

/** The block after `parent` (genesis without one) in which transactions had these outcomes. */
export function generatedBlock(
  parent: ExecutedBlock | undefined,
  outcomes: Outcome[],
  fork = "",
): ExecutedBlock {
  const number = parent === undefined ? 0 : parent.block.header.number + 1;
  const transactions = outcomes.map(({ creates }, i) =>
    generatedTransaction(`${fork}${number}/${i}`, number, creates),
  );
  const bloom = new Uint8Array(256);
  const receipts = outcomes.map(({ logs, creates, status }, i): Receipt => {
    const receipt: Receipt = {
      type: 2,
      status,
      gasUsed: 21_000n,
      cumulativeGasUsed: 21_000n * BigInt(i + 1),
      effectiveGasPrice: 2n ** 80n + BigInt(i),
      logsBloom: logsBloom(logs),
      logs,
      contractAddress: creates ? addressOf(fork, number, i, "contract") : undefined,
    };
    orInto(bloom, receipt.logsBloom);
    return receipt;
  });
  const header = {
    parentHash: parent?.block.hash ?? new Uint8Array(32),
    coinbase: addressOf("coinbase"),
    stateRoot: hashOf(fork, number, "state"),
    transactionsRoot: hashOf(fork, number, "transactions"),
    receiptsRoot: hashOf(fork, number, "receipts"),
    logsBloom: bloom,
    number,
    gasLimit: 120_000_000n,
    gasUsed: 21_000n * BigInt(outcomes.length),
    timestamp: 1_700_000_000 + Math.floor(number / 3),
    extraData: new Uint8Array([1, 2, 3]),
    prevRandao: hashOf(number, "randao"),
    baseFeePerGas: 2n ** 70n,
    parentBeaconBlockRoot: hashOf(number, "beacon"),
  };
  return {
    block: { header, hash: headerHash(header), size: 600 + outcomes.length, transactions, receipts },
    stateDiff: {
      accounts: transactions
        .flatMap(({ sender, to }) => (to === undefined ? [sender] : [sender, to]))
        .sort(Buffer.compare)
        .map((address, i) => ({
          address,
          account: {
            nonce: BigInt(number),
            balance: 10n ** 18n + BigInt(i),
            codeHash: keccak256(new Uint8Array(0)),
          },
          storageCleared: false,
          storage:
            i === 0 ? [{ slot: padTo32(new Uint8Array([number % 256])), value: new Uint8Array([9]) }] : [],
        })),
      codes: [],
    },
    trieNodes: new Map(),
    storageRoots: new Map(),
    skipped: [
      {
        transaction: generatedTransaction(`${fork}${number}/refused`, 0, false),
        retryable: false,
        reason: "nonce too low",
      },
      {
        transaction: generatedTransaction(`${fork}${number}/later`, 0, false),
        retryable: true,
        reason: "gas",
      },
    ],
    accessList: hashOf(fork, number, "access list"),
    report: generatedReport(number, outcomes.length),
  };
}

/** A report in which each transaction ran differently; every fourth block had nothing contended. */
export function generatedReport(number: number, transactions: number): BlockExecutionReport {
  const address = addressOf("contended", number % 3);
  const location: Location = { address, field: "storage", slot: padTo32(new Uint8Array([number % 5])) };
  return {
    lanes: 2,
    laneMs: [0.25, 1 / 3],
    transactions: Array.from({ length: transactions }, (_, i) => ({
      lane: i % 3,
      runs: i % 4 === 1 ? 2 : 1,
      conflict:
        i % 4 === 1 ? (i % 8 === 1 ? location : { address, field: "nonce", slot: undefined }) : undefined,
      footprint: i % 3 === 1 ? "declared" : i % 3 === 2 ? "predicted" : "implied",
      declared: i % 3 === 1 ? "too narrow" : "absent",
      touched:
        i % 3 === 0 ? [] : [{ address, storageKeys: [padTo32(new Uint8Array([i])), hashOf("slot", i)] }],
    })),
    reExecuted: Math.floor((transactions + 2) / 4),
    planMs: 0.5,
    executeMs: 1,
    validateMs: 0.1 + number / 7,
    rootMs: 2,
    sealMs: 0.5,
    criticalPathGas: 42_000n,
    contended:
      number % 4 === 0
        ? []
        : [
            { location, transactions: 5, writers: 3, reExecuted: 1 },
            {
              location: { address, field: "balance", slot: undefined },
              transactions: 300,
              writers: 200,
              reExecuted: 0,
            },
          ],
    shadowed: number % 2 === 1,
  };
}

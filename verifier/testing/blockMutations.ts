/** Blocks of a batch, and what L1 says of its queue and its own blocks, spoiled. */
import { InvariantError } from "../../protocol/index.ts";
import {
  at,
  committed,
  flipped,
  inBlock,
  inL1,
  inMessage,
  inOrigin,
  type Mutation,
  redeposited,
  withBlocks,
} from "./spoiling.ts";

export const BLOCK_MUTATIONS: Mutation[] = [
  // Blocks.
  [
    "a block number that is skipped",
    "number",
    (one) => withBlocks(one, (blocks) => blocks.forEach((b) => void b.number++)),
  ],
  ["a block that is left out", "lastBlock", (one) => withBlocks(one, (blocks) => void blocks.pop())],
  [
    "a block that is added",
    "lastBlock",
    (one) =>
      withBlocks(one, (blocks) => {
        const last = at(blocks, -1);
        const { l1Origin } = last;
        if (l1Origin === undefined) throw new InvariantError("no origin");
        blocks.push({ ...last, number: last.number + 1, l1Origin: { ...l1Origin, sequenceNumber: 1 } });
      }),
  ],
  ["a time before the parent's", "timestamp", inBlock(0, (block) => ({ timestamp: block.timestamp - 2 }))],
  ["a later time", "postStateRoot", inBlock(3, (block) => ({ timestamp: block.timestamp + 1 }))],
  [
    "a base fee too high",
    "baseFeePerGas",
    inBlock(1, (block) => ({ baseFeePerGas: block.baseFeePerGas + 1n })),
  ],
  [
    "a base fee too low",
    "baseFeePerGas",
    inBlock(3, (block) => ({ baseFeePerGas: block.baseFeePerGas - 1n })),
  ],
  ["another gas limit", "gasLimit", inBlock(1, (block) => ({ gasLimit: block.gasLimit - 1n }))],
  ["another coinbase", "coinbase", inBlock(1, (block) => ({ coinbase: flipped(block.coinbase) }))],
  ["chosen randomness", "prevRandao", inBlock(1, (_block) => ({ prevRandao: new Uint8Array(32).fill(4) }))],
  [
    "a beacon root",
    "parentBeaconBlockRoot",
    inBlock(1, (_block) => ({ parentBeaconBlockRoot: new Uint8Array(32).fill(4) })),
  ],
  [
    "extra data in the last block",
    "lastBlockHash",
    inBlock(3, (_block) => ({ extraData: new Uint8Array(3) })),
  ],
  [
    "extra data in a block before",
    "postStateRoot",
    inBlock(1, (_block) => ({ extraData: new Uint8Array(3) })),
  ],
  [
    "a transaction left out at the end",
    "postStateRoot",
    inBlock(3, (block) => void block.transactions.pop()),
  ],
  [
    "a transaction left out before others",
    "transaction",
    inBlock(0, (block) => void block.transactions.shift()),
  ],
  [
    "a transaction twice",
    "transaction",
    inBlock(0, (block) => void block.transactions.push(at(block.transactions, 0))),
  ],
  ["transactions in another order", "transaction", inBlock(1, (block) => void block.transactions.reverse())],
  [
    "a transaction of another chain",
    "transaction",
    async (one) => {
      const { raw } = await one.chain.transfer({ chainId: 1 });
      inBlock(3, (block) => void block.transactions.push(raw))(one);
    },
  ],
  [
    "bytes for a transaction",
    "transaction",
    inBlock(3, (block) => void block.transactions.push(Uint8Array.of(2, 0xc0))),
  ],
  [
    "a transaction with another signature",
    "transaction",
    inBlock(3, (block) => void block.transactions.push(flipped(at(block.transactions, 1)))),
  ],
  // Origins.
  [
    "an origin that goes back",
    "l1Origin",
    (one) => {
      inOrigin(0, (_origin) => ({ number: 2 }))(one);
    },
  ],
  ["an origin that L1 does not have", "l1Origin", (one) => void one.headers.delete(6)],
  [
    "an origin of another fork",
    "l1OriginHash",
    (one) =>
      withBlocks(one, (blocks) => {
        const hash = new Uint8Array(32).fill(6);
        for (const { l1Origin } of blocks) if (l1Origin?.number === 6) l1Origin.hash = hash;
      }),
  ],
  [
    "another hash for the same origin",
    "l1OriginHash",
    inOrigin(0, (origin) => ({ hash: flipped(origin.hash) })),
  ],
  [
    "a sequence number that does not begin",
    "sequenceNumber",
    inOrigin(1, (_origin) => ({ sequenceNumber: 1 })),
  ],
  ["a sequence number that jumps", "sequenceNumber", inOrigin(2, (_origin) => ({ sequenceNumber: 5 }))],
  [
    "a sequence number of the batch before",
    "sequenceNumber",
    inOrigin(0, (_origin) => ({ sequenceNumber: 1 })),
  ],
  ["no origin where it moved", "sequenceNumber", inBlock(1, (block) => void delete block.l1Origin)],
  [
    "a message before its origin",
    "l1Origin",
    (one) =>
      withBlocks(one, (blocks) => {
        for (const [index, messages] of [
          [0, 4],
          [1, 0],
        ] as const) {
          const { l1Origin } = at(blocks, index);
          if (l1Origin !== undefined) l1Origin.messages = messages;
        }
      }),
  ],
  [
    "a message in a later block",
    "postStateRoot",
    (one) =>
      withBlocks(one, (blocks) => {
        for (const [index, messages] of [
          [2, 1],
          [3, 1],
        ] as const) {
          const { l1Origin } = at(blocks, index);
          if (l1Origin !== undefined) l1Origin.messages = messages;
        }
      }),
  ],
  ["a deposit twice", "messages", inOrigin(2, (origin) => ({ messages: origin.messages + 1 }))],
  ["a deposit skipped", "messagesConsumed", inOrigin(1, (origin) => ({ messages: origin.messages - 1 }))],
  [
    "a deposit skipped, as L1 would have it",
    "postStateRoot",
    (one) => {
      one.header.messagesConsumed -= 1;
      one.batch.rollingHash = at(one.chain.rolling, one.header.messagesConsumed);
      inOrigin(2, (origin) => ({ messages: origin.messages - 1 }))(one);
    },
  ],
  // L1's queue.
  [
    "a deposit of more ether",
    "rollingHash",
    inMessage(1, (message) => redeposited(message, { mint: 5n * 10n ** 18n })),
  ],
  [
    "a deposit to somebody else",
    "rollingHash",
    inMessage(1, (message) => redeposited(message, { to: new Uint8Array(20) })),
  ],
  [
    "a deposit from somebody else",
    "rollingHash",
    inMessage(1, (message) => redeposited(message, { from: new Uint8Array(20) })),
  ],
  [
    "a deposit of another event",
    "postStateRoot",
    inMessage(1, (message) => redeposited(message, { sourceHash: new Uint8Array(32) })),
  ],
  [
    "a deposit with other gas",
    "rollingHash",
    inMessage(2, (message) => redeposited(message, { gasLimit: 1n })),
  ],
  [
    "a deposit that does not decode",
    "deposit",
    inMessage(1, (message) => ({ raw: message.raw.slice(0, -1) })),
  ],
  ["a message that L1 does not have", "messages", (one) => void one.messages.splice(2, 1)],
  [
    "messages in another order",
    "rollingHash",
    (one) => {
      at(one.messages, 5).index = 6;
      at(one.messages, 6).index = 5;
    },
  ],
  ["a message of another L1 block", "rollingHash", inMessage(1, (_message) => ({ l1Block: 2 }))],
  ["a message newer than its origin", "l1Origin", inMessage(1, (_message) => ({ l1Block: 6 }))],
  ["other bytes forced", "rollingHash", inMessage(3, (message) => ({ raw: flipped(message.raw) }))],
  ["forced by somebody else", "rollingHash", inMessage(3, (_message) => ({ from: new Uint8Array(20) }))],
  ["a forced transaction for a deposit", "rollingHash", inMessage(1, (_message) => ({ kind: "forced" }))],
  ["a deposit for a forced transaction", "deposit", inMessage(3, (_message) => ({ kind: "deposit" }))],
  [
    "a forced transaction left out although valid",
    "postStateRoot",
    (one) => {
      for (const field of ["postStateRoot", "lastBlockHash", "outputRoot"] as const)
        one.header[field] = one.censored[field];
      committed(one);
    },
  ],
  // L1's blocks.
  ["another hash of an L1 block", "l1OriginHash", inL1(6, { hash: new Uint8Array(32).fill(6) })],
  ["another time of an L1 block", "postStateRoot", inL1(6, { timestamp: 1 })],
  ["another base fee of an L1 block", "baseFeePerGas", inL1(6, { baseFee: 0n })],
  ["another blob base fee of an L1 block", "postStateRoot", inL1(7, { blobBaseFee: 2n })],
  ["another base fee of the last L1 block", "postStateRoot", inL1(7, { baseFee: 1n })],
];

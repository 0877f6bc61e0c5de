import { readFileSync } from "node:fs";
import { createBlock, createBlockHeaderFromBytesArray } from "@ethereumjs/block";
import { Common, Hardfork, Mainnet } from "@ethereumjs/common";
import { RLP } from "@ethereumjs/rlp";
import { MerkleStateManager } from "@ethereumjs/statemanager";
import { createTxFromRLP } from "@ethereumjs/tx";
import {
  Account,
  bigIntToBytes,
  createAddressFromString,
  hexToBytes,
  setLengthLeft,
  unpadBytes,
} from "@ethereumjs/util";
import { createVM, encodeReceipt, runTx, type VM } from "@ethereumjs/vm";
import { decodeDeposit, keccak256, recoverPublicKey } from "../../protocol/index.ts";
import { listRoot } from "../../prover-stub/execution/listRoot.ts";
import { runStockDeposit } from "../../prover-stub/execution/stockDeposit.ts";

type Hex = `0x${string}`;

interface GenesisFile {
  config: { chainId: number; braid: { feeRecipient: Hex } };
  alloc: Record<Hex, { balance: Hex; nonce?: Hex; code?: Hex; storage?: Record<Hex, Hex> }>;
}

type Header = ReturnType<typeof createBlockHeaderFromBytesArray>;

export interface Replay {
  blocks: number;
  transactions: Map<number, number>;
  lastHash: Uint8Array;
}

const ROOTS = createAddressFromString("0x000F3df6D732807Ef1319fB7B8bB8522d0Beac02");
const HISTORY = createAddressFromString("0x0000F90827F1C53a10cb7A02335B175320002935");
const RING = 8191n;

/**
 * An exported chain on EthereumJS as it comes, from the two files alone: what docs/export.md asks of another engine and
 * nothing else. Throws at the first header that is not what execution gives.
 */
export async function replayExport(genesisFile: string, chainFile: string): Promise<Replay> {
  const genesis: GenesisFile = JSON.parse(readFileSync(genesisFile, "utf8"));
  const common = new Common({
    chain: { ...Mainnet, chainId: genesis.config.chainId },
    hardfork: Hardfork.Osaka,
    customCrypto: { keccak256, ecrecover },
  });
  const hashes = new Map<number, Uint8Array>();
  const vm = await openVm(common, genesis, hashes);
  const replay: Replay = { blocks: 0, transactions: new Map(), lastHash: new Uint8Array(32) };
  for (const [fields, transactions] of blocksOf(readFileSync(chainFile))) {
    const header = createBlockHeaderFromBytesArray(fields, { common, skipConsensusFormatValidation: true });
    if (replay.blocks > 0) expectSame(header, "parentHash", replay.lastHash, header.parentHash);
    hashes.set(Number(header.number) - 1, header.parentHash);
    await runBlock(vm, header, transactions, replay);
    replay.lastHash = header.hash();
    replay.blocks++;
  }
  return replay;
}

async function openVm(common: Common, genesis: GenesisFile, hashes: Map<number, Uint8Array>): Promise<VM> {
  const stateManager = new MerkleStateManager({ common });
  for (const [hex, { balance, nonce = "0x0", code, storage = {} }] of entriesOf(genesis.alloc)) {
    const address = createAddressFromString(hex);
    await stateManager.putAccount(address, new Account(BigInt(nonce), BigInt(balance)));
    if (code !== undefined) await stateManager.putCode(address, hexToBytes(code));
    for (const [slot, value] of entriesOf(storage)) {
      await stateManager.putStorage(address, hexToBytes(slot), unpadBytes(hexToBytes(value)));
    }
  }
  const blockchain = {
    getBlock: (number: number) =>
      Promise.resolve({ hash: () => hashes.get(Number(number)) ?? new Uint8Array(32) }),
    putBlock: () => Promise.resolve(),
    shallowCopy: () => blockchain,
  };
  return createVM({ common, stateManager, blockchain });
}

async function runBlock(vm: VM, header: Header, transactions: Uint8Array[], replay: Replay): Promise<void> {
  const { stateManager, common } = vm;
  const { number, timestamp, coinbase, parentHash, parentBeaconBlockRoot = new Uint8Array(32) } = header;
  const place = timestamp % RING;
  await stateManager.putStorage(ROOTS, word(place), bigIntToBytes(timestamp));
  await stateManager.putStorage(ROOTS, word(place + RING), unpadBytes(parentBeaconBlockRoot));
  await stateManager.putStorage(HISTORY, word((number - 1n) % RING), parentHash);
  const block = createBlock({ header }, { common, skipConsensusFormatValidation: true });
  const receipts: Uint8Array[] = [];
  let [gasUsed, paidGas] = [0n, 0n];
  for (const raw of transactions) {
    const type = (raw[0] ?? 0) >= 0xc0 ? 0 : (raw[0] ?? 0);
    replay.transactions.set(type, (replay.transactions.get(type) ?? 0) + 1);
    if (type === 0x7e) {
      const result = await runStockDeposit(vm, block, decodeDeposit(raw), gasUsed);
      gasUsed += result.gasUsed;
      receipts.push(result.receipt);
      continue;
    }
    const tx = createTxFromRLP(raw, { common });
    const result = await runTx(vm, { tx, block, blockGasUsed: gasUsed });
    gasUsed += result.totalGasSpent;
    paidGas += result.totalGasSpent;
    receipts.push(encodeReceipt(result.receipt, tx.type));
  }
  if (paidGas > 0n) {
    const account = (await stateManager.getAccount(coinbase)) ?? new Account();
    account.balance += paidGas * (header.baseFeePerGas ?? 0n);
    await stateManager.putAccount(coinbase, account);
  }
  expectSame(header, "gasUsed", bigIntToBytes(header.gasUsed), bigIntToBytes(gasUsed));
  expectSame(header, "receiptsRoot", header.receiptTrie, await listRoot(receipts));
  expectSame(header, "transactionsRoot", header.transactionsTrie, await listRoot(transactions));
  expectSame(header, "stateRoot", header.stateRoot, await stateManager.getStateRoot());
}

/** Headers' fields, and the transactions as they were signed. */
function* blocksOf(file: Uint8Array): Generator<[Uint8Array[], Uint8Array[]]> {
  for (let rest = file; rest.length > 0; ) {
    const { data, remainder } = RLP.decode(rest, true);
    const [header, transactions] = data;
    if (!isList(header) || !isList(transactions)) throw new TypeError("no block");
    const fields = header.flatMap((field) => (field instanceof Uint8Array ? [field] : []));
    yield [fields, transactions.map((one) => (one instanceof Uint8Array ? one : RLP.encode(one)))];
    rest = remainder;
  }
}

const isList = (value: unknown): value is (Uint8Array | Uint8Array[])[] => Array.isArray(value);
const word = (value: bigint) => setLengthLeft(bigIntToBytes(value), 32);
const entriesOf = <T>(record: Record<Hex, T>) => Object.entries(record) as [Hex, T][];

function expectSame(header: Header, field: string, claimed: Uint8Array, found: Uint8Array): void {
  if (Buffer.compare(claimed, found) === 0) return;
  const hex = (bytes: Uint8Array) => `0x${Buffer.from(bytes).toString("hex")}`;
  throw new TypeError(`block ${header.number}: ${field} is ${hex(claimed)}, execution gives ${hex(found)}`);
}

function ecrecover(hash: Uint8Array, v: bigint, r: Uint8Array, s: Uint8Array, chainId?: bigint): Uint8Array {
  const signature = new Uint8Array(64);
  signature.set(r, 32 - r.length);
  signature.set(s, 64 - s.length);
  const recovery = v < 2n ? v : chainId === undefined ? v - 27n : v - (chainId * 2n + 35n);
  return recoverPublicKey(hash, signature, Number(recovery));
}

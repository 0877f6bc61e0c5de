import { createBlock } from "@ethereumjs/block";
import { Common, Hardfork, Mainnet } from "@ethereumjs/common";
import { MerkleStateManager } from "@ethereumjs/statemanager";
import { createFeeMarket1559Tx, createTxFromRLP } from "@ethereumjs/tx";
import { Account, Address } from "@ethereumjs/util";
import { buildBlock, createVM, type VM } from "@ethereumjs/vm";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import {
  BEACON_ROOTS_ADDRESS,
  type BlockAccessList,
  type BlockInput,
  bigIntToBytes,
  blockAccessListToJson,
  bytesToBigInt,
  bytesToHex,
  decodeBlockAccessList,
  decodeTransaction,
  EMPTY_BYTES,
  encodeBlockAccessList,
  type GenesisAccount,
  hexToBytes,
  InvariantError,
  keccak256,
  padTo32,
  recoverPublicKey,
} from "../../protocol/index.ts";
import type { HostileStep } from "../../test/support/contracts/hostile.ts";
import { MemoryState } from "../../test/support/memoryState.ts";
import {
  ACTORS,
  blockInput,
  blockSpec,
  CHAIN_ID,
  genesisAccounts,
  type TransactionSpec,
  targetAddress,
} from "../../test/support/randomBlocks.ts";
import { AccessListBuilder } from "./accessListBuilder.ts";
import { braidRules } from "./chainRules.ts";
import { findConflict } from "./conflict.ts";
import { bytesOf, keyOf } from "./keys.ts";
import { LaneVm } from "./laneVm.ts";
import type { Outcome } from "./outcome.ts";
import { StateOverlay } from "./stateOverlay.ts";
import { preBlockWrites } from "./systemCalls.ts";

const RUNS = Number(process.env["BRAID_PROPERTY_RUNS"] ?? 60);
const LANES = 4;
let coordinator: LaneVm;
let vms: LaneVm[];

beforeAll(async () => {
  coordinator = await LaneVm.create(braidRules(CHAIN_ID));
  vms = await Promise.all(Array.from({ length: LANES }, () => LaneVm.create(braidRules(CHAIN_ID))));
});

interface ListedBlock {
  list: BlockAccessList;
  /** Places in the input of what is in the block. */
  included: number[];
  gasUsed: bigint;
}

interface OurBlock extends ListedBlock {
  reExecuted: number;
  /** Accounts that a transaction of the block deleted. */
  deleted: Set<string>;
}

function ecrecover(hash: Uint8Array, v: bigint, r: Uint8Array, s: Uint8Array, chainId?: bigint): Uint8Array {
  const signature = new Uint8Array(64);
  signature.set(r, 32 - r.length);
  signature.set(s, 64 - s.length);
  const recovery = v < 2n ? v : chainId === undefined ? v - 27n : v - (chainId * 2n + 35n);
  return recoverPublicKey(hash, signature, Number(recovery));
}

async function stockVm(genesis: GenesisAccount[], parentHash: Uint8Array): Promise<VM> {
  const common = new Common({
    chain: { ...Mainnet, chainId: CHAIN_ID },
    hardfork: Hardfork.Osaka,
    eips: [7928],
    customCrypto: { keccak256, ecrecover },
  });
  const stateManager = new MerkleStateManager({ common });
  for (const { address, nonce, balance, code, storage } of genesis) {
    const at = new Address(address);
    await stateManager.putAccount(at, new Account(nonce, balance));
    if (code.length > 0) await stateManager.putCode(at, code);
    for (const { slot, value } of storage) await stateManager.putStorage(at, slot, value);
  }
  const blockchain = {
    getBlock: () => Promise.resolve({ hash: () => parentHash }),
    putBlock: () => Promise.resolve(),
    shallowCopy: () => blockchain,
  };
  return createVM({ common, stateManager, blockchain });
}

/** The list that EthereumJS itself makes of the block while it builds it. */
async function stockBlock(genesis: GenesisAccount[], input: BlockInput): Promise<ListedBlock> {
  const stock = await stockVm(genesis, input.parentHash);
  const { common } = stock;
  const { number, parentHash, timestamp, gasLimit, baseFeePerGas, extraData, parentBeaconBlockRoot } = input;
  const builder = await buildBlock(stock, {
    parentBlock: createBlock({}, { common }),
    headerData: {
      number: BigInt(number),
      parentHash,
      coinbase: new Address(input.coinbase),
      timestamp: BigInt(timestamp),
      gasLimit,
      baseFeePerGas,
      mixHash: input.prevRandao,
      extraData,
      parentBeaconBlockRoot,
    },
    blockOpts: { skipConsensusFormatValidation: true, putBlockIntoBlockchain: false },
  });
  const included: number[] = [];
  let gasUsed = 0n;
  for (const [index, { raw }] of input.transactions.entries()) {
    try {
      const { totalGasSpent } = await builder.addTransaction(createTxFromRLP(raw, { common }));
      gasUsed += totalGasSpent;
      included.push(index);
    } catch (refused) {
      if (!(refused instanceof Error)) throw refused;
    }
  }
  // Not built to the end: the requests to L1 at a block's end are no part of our chain.
  const list = stock.evm.blockLevelAccessList;
  if (list === undefined) throw new InvariantError("EthereumJS kept no access list");
  return { list: decodeBlockAccessList(list.serialize()), included, gasUsed };
}

/** The block in lanes that saw none of each other, put together in order; in one lane when `laneOf` says nothing. */
async function ourBlock(
  genesis: GenesisAccount[],
  input: BlockInput,
  laneOf?: (index: number) => number,
): Promise<OurBlock> {
  const { transactions, ...environment } = input;
  const state = new MemoryState(genesis);
  const feeRecipient = keyOf(environment.coinbase);
  const apply = (overlay: StateOverlay, outcome: Outcome & { kind: "done" }) => {
    overlay.apply(outcome.writes);
    if (outcome.fee !== undefined) overlay.credit(feeRecipient, outcome.fee);
  };
  const proposals = new Map<number, Outcome>();
  for (const [lane, vm] of laneOf === undefined ? [] : vms.entries()) {
    vm.enterBlock(environment);
    const overlay = new StateOverlay(state);
    overlay.apply(preBlockWrites(overlay, environment));
    for (const [index, transaction] of transactions.entries()) {
      if (laneOf?.(index) !== lane) continue;
      const outcome = await vm.run(transaction, overlay, lane % 2 === 1);
      if (outcome.kind === "done") apply(overlay, outcome);
      proposals.set(index, outcome);
    }
  }
  const overlay = new StateOverlay(state);
  const builder = new AccessListBuilder(feeRecipient);
  coordinator.enterBlock(environment);
  const system = preBlockWrites(overlay, environment);
  builder.noteSystemWrites(system, overlay);
  overlay.apply(system);
  const included: number[] = [];
  let gasUsed = 0n;
  let reExecuted = 0;
  const deleted = new Set<string>();
  for (const [index, transaction] of transactions.entries()) {
    if (transaction.gasLimit > environment.gasLimit - gasUsed) continue;
    let outcome = proposals.get(index);
    if (outcome === undefined || findConflict(outcome.reads, overlay) !== undefined) {
      if (outcome !== undefined) reExecuted++;
      outcome = await coordinator.run(transaction, overlay);
    }
    if (outcome.kind === "invalid") continue;
    apply(overlay, outcome);
    const fee = outcome.fee === undefined ? undefined : { key: feeRecipient, amount: outcome.fee };
    builder.note(included.length, outcome.reads, outcome.writes, overlay, fee);
    for (const write of outcome.writes.accounts) {
      if (write.deleted) deleted.add(bytesToHex(bytesOf(write.key)));
    }
    gasUsed += outcome.gasUsed;
    included.push(index);
  }
  return { list: builder.build(), included, gasUsed, reExecuted, deleted };
}

function expectSameList(actual: ListedBlock, expected: ListedBlock): void {
  expect(actual.included).toEqual(expected.included);
  expect(actual.gasUsed).toBe(expected.gasUsed);
  expect(blockAccessListToJson(actual.list)).toEqual(blockAccessListToJson(expected.list));
}

/** But for the balances of destroyed accounts, where EthereumJS deviates from the EIP: see the last tests. */
function expectStockList(ours: OurBlock, stock: ListedBlock): void {
  const comparable = (block: ListedBlock): ListedBlock => ({
    ...block,
    list: block.list.map((access) =>
      ours.deleted.has(bytesToHex(access.address)) ? { ...access, balanceChanges: [] } : access,
    ),
  });
  expectSameList(comparable(ours), comparable(stock));
}

function entryOf({ list }: ListedBlock, address: Uint8Array) {
  return blockAccessListToJson(list).find((entry) => entry.address === bytesToHex(address));
}

test("a random block's list is EthereumJS's, and canonical", async () => {
  const genesis = genesisAccounts();
  await fc.assert(
    fc.asyncProperty(blockSpec(14), async (spec) => {
      const input = blockInput(spec);
      const ours = await ourBlock(genesis, input);
      expectStockList(ours, await stockBlock(genesis, input));
      expect(decodeBlockAccessList(encodeBlockAccessList(ours.list))).toEqual(ours.list);
    }),
    { numRuns: RUNS },
  );
}, 300_000);

test("the list does not depend on lanes", async () => {
  const genesis = genesisAccounts();
  let reExecuted = 0;
  await fc.assert(
    fc.asyncProperty(blockSpec(14, 4), fc.array(fc.nat(LANES), { minLength: 18 }), async (spec, lanes) => {
      const input = blockInput(spec);
      const inLanes = await ourBlock(genesis, input, (index) => lanes[index] ?? 0);
      reExecuted += inLanes.reExecuted;
      expectSameList(inLanes, await ourBlock(genesis, input));
    }),
    { numRuns: RUNS },
  );
  expect(reExecuted).toBeGreaterThan(0);
}, 300_000);

/** Code that makes one access with the word at 0x40 of its calldata as the address, slot or salt. */
const PROBES = {
  balance: "60403531",
  codeSize: "6040353b",
  codeHash: "6040353f",
  copyNothing: "5f5f5f6040353c",
  copy: "60405f5f6040353c",
  copyFar: "60405f6120006040353c",
  call: "5f5f5f5f5f60403561fffff1",
  callWithData: "5f5f6120005f5f60403561fffff1",
  callWithValue: "5f5f5f5f600160403561fffff1",
  callBeyondMeans: "5f5f5f5f637fffffff60403561fffff1",
  callFar: "5f5f637fffffff637fffffff5f60403561fffff1",
  callCode: "5f5f5f5f5f60403561fffff2",
  callCodeWithValue: "5f5f5f5f600160403561fffff2",
  callCodeBeyondMeans: "5f5f5f5f637fffffff60403561fffff2",
  delegateCall: "5f5f5f5f60403561fffff4",
  staticCall: "5f5f5f5f60403561fffffa",
  load: "60403554",
  store: "600160403555",
  storeNothing: "5f60403555",
  destroy: "604035ff",
  create: "6040355f5f5ff5",
  createWithValue: "6040355f5f6001f5",
  createBeyondMeans: "6040355f5f637ffffffff5",
} as const;
const PROBE_NAMES = Object.keys(PROBES) as (keyof typeof PROBES)[];
const TARGETS = [
  "nobody",
  "actor",
  "contract",
  "reverting",
  "delegated",
  "toPrecompile",
  "precompile",
] as const;
/** Around what the accesses cost, cold and warm, with value and to nobody. */
const GAS = [
  0, 100, 2100, 2300, 2600, 5000, 5200, 7600, 9000, 9100, 11600, 11700, 14200, 25000, 32000, 34100, 36600,
];
/** As many as there are precompiles that need no set-up. */
const PROBED = 9;

const at = (kind: string, index: number) => keccak256(Buffer.from(`${kind} ${index}`)).slice(12);
const CALLER = at("caller", 0);
const STATIC_CALLER = at("caller", 1);
const PAUPER = PROBE_NAMES.length;

function probeGenesis(): GenesisAccount[] {
  const account = (address: Uint8Array, balance: bigint, code: Uint8Array): GenesisAccount => ({
    address,
    nonce: 1n,
    balance,
    codeHash: keccak256(code),
    code,
    storage: [],
  });
  const delegation = (to: Uint8Array) => Buffer.concat([Uint8Array.of(0xef, 1, 0), to]);
  return [
    ...genesisAccounts(),
    // Both forward their calldata to the address at 0x20 with the gas at 0.
    account(CALLER, 0n, hexToBytes("0x365f5f375f5f365f5f6020355f35f100")),
    account(STATIC_CALLER, 0n, hexToBytes("0x365f5f375f5f365f6020355f35fa00")),
    ...PROBE_NAMES.map((name, i) => account(at("probe", i), 10n, hexToBytes(`0x${PROBES[name]}00`))),
    account(at("probe", PAUPER), 0n, hexToBytes("0x604035ff")),
    ...Array.from({ length: PROBED }, (_, i) => [
      account(at("actor", i), 1n, EMPTY_BYTES),
      account(at("contract", i), 0n, Uint8Array.of(0)),
      account(at("delegate", i), 0n, Uint8Array.of(0)),
      account(at("reverting", i), 0n, hexToBytes("0x5f5ffd")),
      account(at("delegated", i), 0n, delegation(at("delegate", i))),
      account(at("toPrecompile", i), 0n, delegation(precompile(i))),
    ]).flat(),
  ];
}

function precompile(index: number): Uint8Array {
  return padTo32(Uint8Array.of(index + 1)).slice(12);
}

interface Probe {
  probe: number;
  target: (typeof TARGETS)[number];
  gas: number;
  isStatic: boolean;
  declared: boolean;
}

const probe: fc.Arbitrary<Probe> = fc.record({
  probe: fc.nat(PAUPER),
  target: fc.constantFrom(...TARGETS),
  gas: fc.oneof(
    {
      weight: 3,
      arbitrary: fc.tuple(fc.constantFrom(...GAS), fc.nat(40)).map(([base, more]) => base + more),
    },
    { weight: 1, arbitrary: fc.nat(70_000) },
  ),
  isStatic: fc.integer({ min: 0, max: 5 }).map((n) => n === 0),
  declared: fc.integer({ min: 0, max: 3 }).map((n) => n === 0),
});

function probeBlock(probes: Probe[]): BlockInput {
  const common = new Common({ chain: { ...Mainnet, chainId: CHAIN_ID }, hardfork: Hardfork.Osaka });
  const transactions = probes.map(({ probe, target, gas, isStatic, declared }, i) => {
    const address = target === "precompile" ? precompile(i) : at(target, i);
    const words = [bigIntToBytes(BigInt(gas)), at("probe", probe), address].map(padTo32);
    const storageKeys = [bytesToHex(padTo32(address))];
    const accessList = [
      { address: bytesToHex(address), storageKeys: [] },
      { address: bytesToHex(at("probe", probe)), storageKeys },
    ];
    const tx = createFeeMarket1559Tx(
      {
        chainId: CHAIN_ID,
        nonce: i,
        gasLimit: 300_000n,
        to: bytesToHex(isStatic ? STATIC_CALLER : CALLER),
        data: Buffer.concat(words),
        maxFeePerGas: 100n,
        maxPriorityFeePerGas: 1n,
        accessList: declared ? accessList : [],
      },
      { common },
    );
    return decodeTransaction(tx.sign(ACTORS[0]?.key ?? EMPTY_BYTES).serialize());
  });
  return { ...blockInput({ fee: { kind: "fee" }, gasLimit: 120_000_000n, transactions: [] }), transactions };
}

test("what is accessed is decided by the gas at the access, to the unit", async () => {
  const genesis = probeGenesis();
  await fc.assert(
    fc.asyncProperty(fc.array(probe, { minLength: 1, maxLength: PROBED }), async (probes) => {
      const input = probeBlock(probes);
      expectStockList(await ourBlock(genesis, input), await stockBlock(genesis, input));
    }),
    { numRuns: RUNS },
  );
}, 300_000);

test("an address that is only declared is not in the list", async () => {
  const declared: Probe = {
    probe: PROBE_NAMES.indexOf("balance"),
    target: "actor",
    gas: 50,
    isStatic: false,
    declared: true,
  };
  const listed = await ourBlock(probeGenesis(), probeBlock([declared]));
  expect(listed.included).toEqual([0]);
  expect(entryOf(listed, at("actor", 0))).toBeUndefined();
});

/** Where EthereumJS 10.1.3 does not do what EIP-7928 says, we do. */
describe("against EthereumJS, with the EIP", () => {
  const contract: TransactionSpec["to"] = { kind: "contract", index: 0 };
  /** Made with CREATE2 by contract 0; destroys itself in favour of its creator. */
  const CHILD: TransactionSpec["to"] = { kind: "child", index: 1 };
  const child = targetAddress(CHILD);
  const step = (command: HostileStep["command"], a: bigint, b: bigint): HostileStep => ({ command, a, b });
  const transaction = (sender: number, fields: Partial<TransactionSpec>): TransactionSpec => ({
    sender,
    type: 2,
    to: contract,
    value: 0n,
    steps: [],
    gasLimit: 2_000_000n,
    tip: 1n,
    nonceOffset: 0n,
    list: "none",
    authority: 0,
    delegate: { kind: "fee" },
    authorizationNonceOffset: 0n,
    ...fields,
  });
  const block = (transactions: TransactionSpec[]) =>
    blockInput({ fee: { kind: "fee" }, gasLimit: 120_000_000n, transactions });
  const createAndDestroy = step("suicideChild", 1n, 0n);

  test("a contract that is destroyed keeps what earlier transactions changed", async () => {
    const input = block([
      transaction(0, { to: CHILD, value: 1000n }),
      transaction(1, { steps: [createAndDestroy] }),
      transaction(2, { steps: [createAndDestroy] }),
    ]);
    const genesis = genesisAccounts();
    const ours = await ourBlock(genesis, input);
    expect(entryOf(ours, child)?.balanceChanges).toEqual([
      { index: "0x1", value: "0x3e8" },
      { index: "0x2", value: "0x0" },
    ]);
    // Its last destruction, which changes nothing, makes EthereumJS forget the earlier changes.
    expect(entryOf(await stockBlock(genesis, input), child)?.balanceChanges).toEqual([]);
  });

  test("what a destroyed contract is sent before its transaction ends is gone", async () => {
    const input = block([
      transaction(0, { to: CHILD, value: 1000n }),
      transaction(1, { steps: [createAndDestroy, step("send", bytesToBigInt(child), 2n)] }),
    ]);
    const genesis = genesisAccounts();
    const ours = await ourBlock(genesis, input);
    const changes = (last: string) => [
      { index: "0x1", value: "0x3e8" },
      { index: "0x2", value: last },
    ];
    expect(entryOf(ours, child)?.balanceChanges).toEqual(changes("0x0"));
    expect(entryOf(await stockBlock(genesis, input), child)?.balanceChanges).toEqual(changes("0x2"));
  });

  test("a system call that writes what is there already reads", async () => {
    const input = block([]);
    const root = padTo32(bigIntToBytes((BigInt(input.timestamp) % 8191n) + 8191n));
    const genesis = genesisAccounts().map((account) =>
      bytesToHex(account.address) === bytesToHex(BEACON_ROOTS_ADDRESS)
        ? { ...account, storage: [{ slot: root, value: input.parentBeaconBlockRoot }] }
        : account,
    );
    const ours = entryOf(await ourBlock(genesis, input), BEACON_ROOTS_ADDRESS);
    expect(ours?.storageReads).toEqual([bytesToHex(root)]);
    expect(ours?.storageChanges.length).toBe(1);
    const stock = entryOf(await stockBlock(genesis, input), BEACON_ROOTS_ADDRESS);
    expect(stock?.storageChanges.length).toBe(2);
  });
});

test("a system contract without code is in the list when it was called", () => {
  const overlay = new StateOverlay(new MemoryState());
  const builder = new AccessListBuilder(keyOf(at("fees", 0)));
  builder.noteSystemWrites({ accounts: [], codes: [] }, overlay, [keyOf(BEACON_ROOTS_ADDRESS)]);
  expect(blockAccessListToJson(builder.build())).toEqual([
    {
      address: bytesToHex(BEACON_ROOTS_ADDRESS),
      storageChanges: [],
      storageReads: [],
      balanceChanges: [],
      nonceChanges: [],
      codeChanges: [],
    },
  ]);
});

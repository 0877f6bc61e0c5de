import { Common, Hardfork, Mainnet } from "@ethereumjs/common";
import {
  createAccessList2930Tx,
  createEOACode7702Tx,
  createFeeMarket1559Tx,
  createLegacyTx,
} from "@ethereumjs/tx";
import { eoaCode7702SignAuthorization } from "@ethereumjs/util";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import fc from "fast-check";
import {
  type BlockInput,
  bigIntToBytes,
  bytesToBigInt,
  bytesToHex,
  decodeTransaction,
  depositTransaction,
  EMPTY_BYTES,
  type GenesisAccount,
  hexToBytes,
  keccak256,
  padTo32,
  type Transaction,
} from "../../protocol/index.ts";
import {
  COPY_INITCODE,
  FEE_SUICIDE_INITCODE,
  HOSTILE_CODE,
  HOSTILE_COMMANDS,
  type HostileStep,
  hostileCalldata,
  SUICIDE_INITCODE,
} from "./contracts/hostile.ts";

export const CHAIN_ID = 7357;
const common = new Common({ chain: { ...Mainnet, chainId: CHAIN_ID }, hardfork: Hardfork.Osaka });
const ETHER = 10n ** 18n;

export interface Actor {
  key: Uint8Array;
  address: Uint8Array;
}

export const ACTORS: Actor[] = Array.from({ length: 7 }, (_, i) => {
  const key = keccak256(Uint8Array.of(i, 7));
  return { key, address: keccak256(secp256k1.getPublicKey(key, false).subarray(1)).slice(12) };
});
/** Hardly any money. */
const POOR = 5;
const FRESH = [1, 2].map((i) => keccak256(Uint8Array.of(i)).slice(12));
export const CONTRACTS = [1, 2, 3].map((i) => keccak256(Uint8Array.of(i, 99)).slice(12));
const FEE_ACCOUNT = keccak256(Uint8Array.of(42)).slice(12);
const HISTORY = hexToBytes("0x0000F90827F1C53a10cb7A02335B175320002935");
const ROOTS = hexToBytes("0x000F3df6D732807Ef1319fB7B8bB8522d0Beac02");

function create2(creator: Uint8Array, salt: bigint, initcode: Uint8Array): Uint8Array {
  return keccak256(
    Buffer.concat([Uint8Array.of(0xff), creator, padTo32(bigIntToBytes(salt)), keccak256(initcode)]),
  ).slice(12);
}

const CHILDREN = CONTRACTS.slice(0, 2).flatMap((creator) =>
  [COPY_INITCODE, SUICIDE_INITCODE, FEE_SUICIDE_INITCODE].map((initcode) => create2(creator, 1n, initcode)),
);

export function genesisAccounts(): GenesisAccount[] {
  const account = (address: Uint8Array, balance: bigint, code: Uint8Array, nonce = 0n): GenesisAccount => ({
    address,
    nonce,
    balance,
    codeHash: keccak256(code),
    code,
    storage: [],
  });
  return [
    ...ACTORS.map(({ address }, i) =>
      account(address, i === POOR ? 60_000n * 100n : 10n * ETHER, EMPTY_BYTES),
    ),
    ...CONTRACTS.map((address, i) => ({
      ...account(address, i === 0 ? 5n : 0n, HOSTILE_CODE, 1n),
      storage: i < 2 ? [{ slot: padTo32(Uint8Array.of(1)), value: Uint8Array.of(7) }] : [],
    })),
    account(HISTORY, 0n, Uint8Array.of(0), 1n),
    account(ROOTS, 0n, Uint8Array.of(0), 1n),
  ];
}

type Target =
  | { kind: "actor" | "fresh" | "contract" | "child"; index: number }
  | { kind: "fee" | "precompile" };

export interface TransactionSpec {
  sender: number;
  type: 0 | 1 | 2 | 4;
  to: Target | undefined;
  value: bigint;
  steps: HostileStep[];
  gasLimit: bigint;
  tip: bigint;
  /** Added to the right nonce. */
  nonceOffset: bigint;
  list: "none" | "exact" | "thinned" | "widened" | "random";
  authority: number;
  delegate: Target;
  authorizationNonceOffset: bigint;
}

export interface DepositSpec {
  from: Target;
  /** Undefined creates a contract. */
  to: Target | undefined;
  initcode: "copy" | "suicide" | "feeSuicide" | "tooLong";
  mint: bigint;
  value: bigint;
  steps: HostileStep[];
  gasLimit: bigint;
}

export interface BlockSpec {
  fee: Target;
  gasLimit: bigint;
  /** They come first. */
  deposits?: DepositSpec[];
  transactions: TransactionSpec[];
}

const ADDRESSES = [...ACTORS.map(({ address }) => address), ...FRESH, ...CONTRACTS, ...CHILDREN, FEE_ACCOUNT];

export const target = (): fc.Arbitrary<Target> =>
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constant("actor" as const), index: fc.nat(6) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("fresh" as const), index: fc.nat(1) }) },
    { weight: 7, arbitrary: fc.record({ kind: fc.constant("contract" as const), index: fc.nat(2) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("child" as const), index: fc.nat(5) }) },
    { weight: 1, arbitrary: fc.constant<Target>({ kind: "fee" }) },
    { weight: 1, arbitrary: fc.constant<Target>({ kind: "precompile" }) },
  );

const step = (): fc.Arbitrary<HostileStep> =>
  fc
    .record({
      command: fc.constantFrom(...HOSTILE_COMMANDS),
      slot: fc.bigInt({ min: 0n, max: 3n }),
      small: fc.bigInt({ min: 0n, max: 2n }),
      address: fc.constantFrom(...ADDRESSES),
      gas: fc.bigInt({ min: 0n, max: 400_000n }),
    })
    .map(({ command, slot, small, address, gas }): HostileStep => {
      const at = bytesToBigInt(address);
      switch (command) {
        case "balance":
        case "codeHash":
        case "codeSize":
          return { command, a: slot, b: at };
        case "send":
        case "destroy":
        case "call":
          return { command, a: at, b: small };
        case "gas":
          return { command, a: gas, b: slot };
        case "copySalted":
        case "suicideChild":
        case "feeSuicideChild":
          return { command, a: 1n, b: small };
        default:
          return { command, a: slot, b: small };
      }
    });

const transaction = (): fc.Arbitrary<TransactionSpec> =>
  fc.record({
    sender: fc.nat(6),
    type: fc.constantFrom(0 as const, 1 as const, 2 as const, 2 as const, 2 as const, 4 as const),
    to: fc.option(target(), { nil: undefined, freq: 12 }),
    value: fc.constantFrom(0n, 0n, 1n, 1000n, ETHER, 9n * ETHER),
    steps: fc.array(step(), { maxLength: 5 }),
    gasLimit: fc.constantFrom(21_000n, 60_000n, 500_000n, 500_000n, 500_000n, 2_000_000n, 17_000_000n),
    tip: fc.constantFrom(0n, 0n, 1n, 5n),
    nonceOffset: fc.constantFrom(0n, 0n, 0n, 0n, 0n, 0n, 0n, 0n, 0n, 1n, -1n),
    list: fc.constantFrom(
      "none" as const,
      "exact" as const,
      "thinned" as const,
      "widened" as const,
      "random" as const,
    ),
    authority: fc.nat(6),
    delegate: target(),
    authorizationNonceOffset: fc.constantFrom(0n, 0n, 0n, 1n),
  });

/** Rich senders, one call each, no value: what remains to conflict is slots. */
const contention = (): fc.Arbitrary<TransactionSpec[]> =>
  fc
    .array(
      fc.record({
        index: fc.nat(2),
        steps: fc.array(
          fc.record({
            command: fc.constantFrom("add" as const, "store" as const, "log" as const),
            a: fc.bigInt({ min: 0n, max: 2n }),
            b: fc.bigInt({ min: 0n, max: 2n }),
          }),
          { minLength: 1, maxLength: 3 },
        ),
      }),
      { minLength: 2, maxLength: 5 },
    )
    .map((calls) =>
      calls.map(({ index, steps }, sender) => ({
        sender,
        type: 2,
        to: { kind: "contract", index },
        value: 0n,
        steps,
        gasLimit: 500_000n,
        tip: 1n,
        nonceOffset: 0n,
        list: "random",
        authority: 0,
        delegate: { kind: "fee" },
        authorizationNonceOffset: 0n,
      })),
    );

/** From anybody, contracts too, and with any fault that a deposit can have. */
const deposit = (): fc.Arbitrary<DepositSpec> =>
  fc.record({
    from: target(),
    to: fc.option(target(), { nil: undefined, freq: 5 }),
    initcode: fc.constantFrom(
      "copy" as const,
      "copy" as const,
      "suicide" as const,
      "feeSuicide" as const,
      "tooLong" as const,
    ),
    mint: fc.constantFrom(0n, 0n, 1n, 1000n, ETHER, 9n * ETHER),
    value: fc.constantFrom(0n, 0n, 1n, 1000n, ETHER, 9n * ETHER),
    steps: fc.array(step(), { maxLength: 5 }),
    gasLimit: fc.constantFrom(
      0n,
      20_999n,
      21_000n,
      60_000n,
      500_000n,
      500_000n,
      500_000n,
      2_000_000n,
      17_000_000n,
    ),
  });

export const blockSpec = (maxTransactions: number, maxDeposits = 0): fc.Arbitrary<BlockSpec> =>
  fc.record({
    deposits: fc.array(deposit(), { maxLength: maxDeposits }),
    fee: fc.oneof(
      { weight: 3, arbitrary: fc.constant<Target>({ kind: "fee" }) },
      { weight: 2, arbitrary: target() },
    ),
    gasLimit: fc.constantFrom(120_000_000n, 120_000_000n, 120_000_000n, 1_500_000n),
    transactions: fc.oneof(
      { weight: 3, arbitrary: fc.array(transaction(), { minLength: 1, maxLength: maxTransactions }) },
      { weight: 1, arbitrary: contention() },
    ),
  });

export function targetAddress(to: Target): Uint8Array {
  const pick = (list: Uint8Array[], index: number) => list[index % list.length] ?? FEE_ACCOUNT;
  switch (to.kind) {
    case "actor":
      return pick(
        ACTORS.map(({ address }) => address),
        to.index,
      );
    case "fresh":
      return pick(FRESH, to.index);
    case "contract":
      return pick(CONTRACTS, to.index);
    case "child":
      return pick(CHILDREN, to.index);
    case "fee":
      return FEE_ACCOUNT;
    case "precompile":
      return padTo32(Uint8Array.of(2)).slice(12);
  }
}

function accessList(spec: TransactionSpec, to: Uint8Array | undefined) {
  if (spec.list === "none" || to === undefined) return [];
  const slot = (n: bigint) => bytesToHex(padTo32(bigIntToBytes(n)));
  if (spec.list === "random") return [{ address: bytesToHex(FEE_ACCOUNT), storageKeys: [slot(9n)] }];
  const slots = [...new Set(spec.steps.flatMap(({ a, b }) => [a, b].filter((n) => n < 4n)))];
  const kept = spec.list === "thinned" ? slots.slice(1) : slots;
  if (spec.list !== "widened") return [{ address: bytesToHex(to), storageKeys: kept.map(slot) }];
  const others = CONTRACTS.map((address) => ({
    address: bytesToHex(address),
    storageKeys: [slot(0n), slot(3n)],
  }));
  return [{ address: bytesToHex(to), storageKeys: [...kept, 77n].map(slot) }, ...others];
}

function sign(spec: TransactionSpec, nonce: bigint, authorityNonce: bigint, baseFee: bigint): Transaction {
  const to = spec.to === undefined ? undefined : targetAddress(spec.to);
  const data = to === undefined ? COPY_INITCODE : hostileCalldata(spec.steps);
  const shared = {
    nonce,
    gasLimit: spec.gasLimit > 16_777_216n ? 16_000_000n : spec.gasLimit,
    value: spec.value,
    data,
    ...(to === undefined ? {} : { to: bytesToHex(to) }),
  };
  const fees = { maxFeePerGas: 10n * baseFee, maxPriorityFeePerGas: spec.tip };
  const list = accessList(spec, to);
  const { key } = ACTORS[spec.sender] ?? { key: EMPTY_BYTES };
  const type = spec.type === 4 && to === undefined ? 2 : spec.type;
  const signed = () => {
    switch (type) {
      case 0:
        return createLegacyTx({ ...shared, gasPrice: baseFee + spec.tip }, { common }).sign(key);
      case 1:
        return createAccessList2930Tx(
          { ...shared, gasPrice: baseFee + spec.tip, accessList: list },
          { common },
        ).sign(key);
      case 2:
        return createFeeMarket1559Tx({ ...shared, ...fees, accessList: list }, { common }).sign(key);
      case 4: {
        const authorization = eoaCode7702SignAuthorization(
          {
            chainId: bytesToHex(bigIntToBytes(BigInt(CHAIN_ID))),
            address: bytesToHex(targetAddress(spec.delegate)),
            nonce: authorityNonce === 0n ? "0x" : bytesToHex(bigIntToBytes(authorityNonce)),
          },
          ACTORS[spec.authority]?.key ?? EMPTY_BYTES,
        );
        return createEOACode7702Tx(
          { ...shared, ...fees, accessList: list, authorizationList: [authorization] },
          { common },
        ).sign(key);
      }
    }
  };
  return decodeTransaction(signed().serialize());
}

const INITCODES = {
  copy: COPY_INITCODE,
  suicide: SUICIDE_INITCODE,
  feeSuicide: FEE_SUICIDE_INITCODE,
  tooLong: new Uint8Array(49_153),
};

/** `gasRoom`: a block must have room for its deposits. */
function makeDeposit(spec: DepositSpec, index: number, gasRoom: bigint): Transaction {
  return depositTransaction({
    sourceHash: keccak256(Uint8Array.of(index)),
    from: targetAddress(spec.from),
    to: spec.to === undefined ? undefined : targetAddress(spec.to),
    mint: spec.mint,
    value: spec.value,
    gasLimit: spec.gasLimit < gasRoom ? spec.gasLimit : gasRoom,
    data: spec.to === undefined ? INITCODES[spec.initcode] : hostileCalldata(spec.steps),
  });
}

/** Signs a block's transactions with the nonces that most of them will need. `startNonces`: of the actors before it. */
export function blockInput(
  spec: BlockSpec,
  startNonces = ACTORS.map(() => 0n),
  baseFeePerGas = 10n,
): BlockInput {
  const nonces = [...startNonces];
  const { deposits = [] } = spec;
  for (const { from } of deposits) {
    if (from.kind !== "actor") continue;
    const index = from.index % ACTORS.length;
    nonces[index] = (nonces[index] ?? 0n) + 1n;
  }
  const gasRoom = spec.gasLimit / BigInt(deposits.length + 1);
  const deposited = deposits.map((each, index) => makeDeposit(each, index, gasRoom));
  const transactions = spec.transactions.map((each) => {
    const expected = nonces[each.sender] ?? 0n;
    const wanted = expected + each.nonceOffset;
    const nonce = wanted < 0n ? 0n : wanted;
    if (nonce === expected) nonces[each.sender] = expected + 1n;
    const authorityNonce = (nonces[each.authority] ?? 0n) + each.authorizationNonceOffset;
    const signed = sign(each, nonce, authorityNonce, baseFeePerGas);
    if (signed.type === 4 && each.authorizationNonceOffset === 0n)
      nonces[each.authority] = authorityNonce + 1n;
    return signed;
  });
  return {
    number: 1,
    parentHash: keccak256(Uint8Array.of(1)),
    timestamp: 1_700_000_000,
    baseFeePerGas,
    gasLimit: spec.gasLimit,
    coinbase: targetAddress(spec.fee),
    prevRandao: keccak256(Uint8Array.of(2)),
    extraData: EMPTY_BYTES,
    parentBeaconBlockRoot: keccak256(Uint8Array.of(3)),
    transactions: [...deposited, ...transactions],
  };
}

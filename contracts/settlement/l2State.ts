/** An L2 state for tests: real tries with the message passer's withdrawals, served as an L2 node serves them. */
import { createMerkleProof, createMPT } from "@ethereumjs/mpt";
import { RLP } from "@ethereumjs/rlp";
import {
  type Address,
  concat,
  createPublicClient,
  custom,
  encodeAbiParameters,
  type Hex,
  keccak256,
  numberToHex,
  zeroHash,
} from "viem";
import { bytesToHex, hexToBytes } from "../../protocol/index.ts";
import { FixtureError } from "./settlementFixture.ts";

const PASSER: Address = "0x4200000000000000000000000000000000000016";
const CODE_HASH = keccak256("0x5b");

export interface Withdrawal {
  nonce: bigint;
  sender: Address;
  target: Address;
  value: bigint;
  gasLimit: bigint;
  data: Hex;
  withdrawalHash: Hex;
}

type WithdrawalFields = Omit<Withdrawal, "withdrawalHash">;

export function withdrawalOf(fields: Partial<WithdrawalFields> & { target: Address }): Withdrawal {
  const full = {
    nonce: 1n << 240n,
    sender: "0x00000000000000000000000000000000000000aa" as Address,
    value: 0n,
    gasLimit: 100_000n,
    data: "0x" as Hex,
    ...fields,
  };
  const types = ["uint256", "address", "address", "uint256", "uint256", "bytes"].map((type) => ({ type }));
  const values = [full.nonce, full.sender, full.target, full.value, full.gasLimit, full.data];
  return { ...full, withdrawalHash: keccak256(encodeAbiParameters(types, values)) };
}

export type L2State = Awaited<ReturnType<typeof createL2State>>;

/** The state after these withdrawals, among `others` that deepen the trie. */
export async function createL2State(withdrawals: readonly Withdrawal[], others = 20) {
  const storage = await createMPT({ useKeyHashing: true });
  const filler = Array.from({ length: others }, (_, i) => keccak256(numberToHex(i, { size: 32 })));
  for (const hash of [...withdrawals.map((w) => w.withdrawalHash), ...filler]) {
    await storage.put(hexToBytes(slotOf(hash)), RLP.encode(Uint8Array.of(1)));
  }
  const storageHash = bytesToHex(storage.root());
  const accounts = await createMPT({ useKeyHashing: true });
  const account = RLP.encode([new Uint8Array(), new Uint8Array(), storage.root(), hexToBytes(CODE_HASH)]);
  await accounts.put(hexToBytes(PASSER), account);
  await accounts.put(hexToBytes("0x00000000000000000000000000000000000000aa"), account);
  const stateRoot = bytesToHex(accounts.root());
  const blockHash = keccak256(concat([stateRoot, storageHash]));
  const outputRoot = keccak256(concat([zeroHash, stateRoot, storageHash, blockHash]));
  const proofOf = async (slot: Hex) => (await createMerkleProof(storage, hexToBytes(slot))).map(bytesToHex);
  const outputRootProof = {
    version: zeroHash,
    stateRoot,
    messagePasserStorageRoot: storageHash,
    latestBlockhash: blockHash,
  };
  return {
    stateRoot,
    blockHash,
    outputRoot,
    storageHash,
    outputRootProof,
    withdrawalProof: (withdrawal: Withdrawal) => proofOf(slotOf(withdrawal.withdrawalHash)),
    proofOf,
    accountProof: async () => (await createMerkleProof(accounts, hexToBytes(PASSER))).map(bytesToHex),
    /** What of it a batch's header names. */
    header: { postStateRoot: stateRoot, lastBlockHash: blockHash, outputRoot },
  };
}

/** A client of an L2 node whose block `number` has this state. */
export function l2ClientOf(state: L2State, number: bigint) {
  return createPublicClient({
    transport: custom({
      async request({ method, params }: { method: string; params: readonly unknown[] }) {
        if (method === "eth_getBlockByNumber") return blockJson(state, number);
        if (method !== "eth_getProof") throw new FixtureError(`${method} is not served`);
        const [key] = params[1] as Hex[];
        if (key === undefined) throw new FixtureError("no slot asked for");
        return {
          address: PASSER,
          accountProof: await state.accountProof(),
          balance: "0x0",
          codeHash: CODE_HASH,
          nonce: "0x0",
          storageHash: state.storageHash,
          storageProof: [{ key, value: "0x1", proof: await state.proofOf(key) }],
        };
      },
    }),
  });
}

function blockJson(state: L2State, number: bigint) {
  return { number: numberToHex(number), hash: state.blockHash, stateRoot: state.stateRoot, transactions: [] };
}

function slotOf(withdrawalHash: Hex): Hex {
  return keccak256(concat([withdrawalHash, zeroHash]));
}

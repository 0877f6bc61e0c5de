import type { Common } from "@ethereumjs/common";
import {
  type AccessListEntry,
  type BlockInput,
  bytesToHex,
  decodeTransaction,
  EMPTY_BYTES,
  hexToBytes,
  keccak256,
} from "../../../protocol/index.ts";
import { signTransaction } from "./signTransaction.ts";
import { recordTouched, type Touched } from "./stockRun.ts";
import type { Declared, PreparedBlock, WorkloadBlock } from "./types.ts";
import type { World } from "./world.ts";

export interface Prepared extends PreparedBlock {
  touched: Touched;
}

export interface Workload {
  name: string;
  declared: readonly Declared[];
  block: (world: World) => WorkloadBlock;
}

/** Signs the workload's block once for each way to declare; exact lists are recorded by running it undeclared. */
export async function prepareBlocks(
  common: Common,
  world: World,
  parentHash: Uint8Array,
  { name, declared, block }: Workload,
): Promise<Prepared[]> {
  const { wishes, coinbase, reverts } = block(world);
  const bare = blockInput(world, parentHash, coinbase, wishes);
  const perTransaction = await recordTouched(common, world.stockState, bare);
  const touched = union(perTransaction);
  for (const { sender, to } of bare.transactions) touched.push(...entriesOf(sender), ...entriesOf(to));
  touched.push(...entriesOf(coinbase));
  return declared.map((kind) => {
    if (kind === "none") return { workload: name, declared: kind, input: bare, reverts, touched };
    const listed = wishes.map((wish, i) => ({
      ...wish,
      accessList: declarable(perTransaction[i] ?? [], wish.to),
    }));
    const input = blockInput(world, parentHash, coinbase, listed);
    return { workload: name, declared: kind, input, reverts, touched };
  });
}

function entriesOf(address: Uint8Array | undefined): AccessListEntry[] {
  return address === undefined ? [] : [{ address, storageKeys: [] }];
}

/** What EIP-2930 lists are for: other contracts and all slots; the recipient is warm anyway. */
function declarable(touched: Touched, to: Uint8Array | undefined): AccessListEntry[] {
  const recipient = to === undefined ? "" : bytesToHex(to);
  return touched.filter(
    ({ address, storageKeys }) => storageKeys.length > 0 || bytesToHex(address) !== recipient,
  );
}

function union(lists: Touched[]): Touched {
  const slots = new Map<string, Set<string>>();
  for (const { address, storageKeys } of lists.flat()) {
    const at = bytesToHex(address);
    const known = slots.get(at) ?? new Set();
    for (const key of storageKeys) known.add(bytesToHex(key));
    slots.set(at, known);
  }
  return [...slots].map(([address, keys]) => ({
    address: hexToBytes(address),
    storageKeys: [...keys].map((key) => hexToBytes(key)),
  }));
}

function blockInput(
  { genesis, signers }: World,
  parentHash: Uint8Array,
  coinbase: Uint8Array,
  wishes: WorkloadBlock["wishes"],
): BlockInput {
  const nonces = new Map<number, number>();
  const transactions = wishes.flatMap((wish) => {
    const signer = signers[wish.sender];
    if (signer === undefined) return [];
    const nonce = nonces.get(wish.sender) ?? 0;
    nonces.set(wish.sender, nonce + 1);
    const raw = signTransaction(genesis.config.chainId, signer, nonce, wish);
    return decodeTransaction(raw, { sender: signer.address });
  });
  return {
    number: 1,
    parentHash,
    timestamp: genesis.timestamp + 1,
    baseFeePerGas: genesis.config.baseFeeFloor,
    gasLimit: genesis.config.gasLimit,
    coinbase,
    prevRandao: keccak256(Buffer.from("bench randao")),
    extraData: EMPTY_BYTES,
    parentBeaconBlockRoot: keccak256(Buffer.from("bench beacon root")),
    transactions,
  };
}

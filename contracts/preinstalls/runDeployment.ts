/**
 * Runs the creation code of a contract at its canonical address on a chain of a given id, in EthereumJS's own EVM, and
 * tells what it left: code, nonce and storage of every contract that it made.
 */
import { createCustomCommon, Hardfork, Mainnet } from "@ethereumjs/common";
import { createEVM } from "@ethereumjs/evm";
import { SimpleStateManager } from "@ethereumjs/statemanager";
import { type Address, createAddressFromString } from "@ethereumjs/util";
import { BraidError, bytesToHex, type Hex, hexToBytes } from "../../protocol/index.ts";

export interface Deployed {
  /** Checksummed nowhere: lower case. */
  address: Hex;
  code: Uint8Array;
  nonce: number;
  storage: { slot: Hex; value: Hex }[];
}

/** The proxy that both well-known CREATE2 factories run: `salt ‖ creation code` in, address out. */
const FACTORY_CODE = hexToBytes(
  "0x7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe03601600081602082378035828234f58015156039578182fd5b8082525050506014600cf3",
);
const ANYONE = createAddressFromString(`0x${"0a".repeat(20)}`);

export async function runCreate2(options: {
  chainId: number;
  factory: Hex;
  salt: Hex;
  initCode: Uint8Array;
}): Promise<Deployed[]> {
  const { evm, state } = await emptyChain(options.chainId);
  const factory = createAddressFromString(options.factory);
  await state.putCode(factory, FACTORY_CODE);
  const data = new Uint8Array([...hexToBytes(options.salt), ...options.initCode]);
  const { execResult } = await evm.runCall({ caller: ANYONE, to: factory, data, gasLimit: 30_000_000n });
  if (execResult.exceptionError !== undefined) {
    throw new BraidError("PREINSTALL_NOT_DEPLOYED", `creation failed: ${execResult.exceptionError.error}`);
  }
  return made(state, [factory, ANYONE]);
}

/** As a plain contract creation by `sender`'s first transaction. */
export async function runCreate(options: {
  chainId: number;
  sender: Hex;
  initCode: Uint8Array;
}): Promise<Deployed[]> {
  const { evm, state } = await emptyChain(options.chainId);
  const caller = createAddressFromString(options.sender);
  const { execResult } = await evm.runCall({ caller, data: options.initCode, gasLimit: 30_000_000n });
  if (execResult.exceptionError !== undefined) {
    throw new BraidError("PREINSTALL_NOT_DEPLOYED", `creation failed: ${execResult.exceptionError.error}`);
  }
  return made(state, [caller]);
}

async function emptyChain(chainId: number) {
  const common = createCustomCommon({ chainId }, Mainnet, { hardfork: Hardfork.Cancun });
  const state = new SimpleStateManager({ common });
  return { evm: await createEVM({ common, stateManager: state }), state };
}

async function made(state: SimpleStateManager, others: Address[]): Promise<Deployed[]> {
  const accounts = state.accountStack.at(-1) ?? new Map();
  const storage = state.storageStack.at(-1) ?? new Map<string, Uint8Array>();
  const contracts: Deployed[] = [];
  for (const address of accounts.keys()) {
    if (others.some((other) => other.toString() === address)) continue;
    const target = createAddressFromString(address);
    const code = await state.getCode(target);
    if (code.length === 0) continue;
    const slots = [...storage]
      .filter(([key, value]) => key.startsWith(`${address}_`) && value.some((byte) => byte !== 0))
      .map(([key, value]) => ({ slot: word(key.slice(address.length + 1)), value: word(bytesToHex(value)) }))
      .sort((a, b) => (a.slot < b.slot ? -1 : 1));
    const account = await state.getAccount(target);
    contracts.push({ address, code, nonce: Number(account?.nonce ?? 0n), storage: slots });
  }
  return contracts;
}

function word(hex: string): Hex {
  return `0x${hex.replace(/^0x/, "").padStart(64, "0")}`;
}

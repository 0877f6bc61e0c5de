import { createBlock } from "@ethereumjs/block";
import type { Common } from "@ethereumjs/common";
import { createEVM, type EVM } from "@ethereumjs/evm";
import { MerkleStateManager } from "@ethereumjs/statemanager";
import { Account, Address } from "@ethereumjs/util";
import {
  BraidError,
  bytesToHex,
  type GenesisAccount,
  hexToBytes,
  keccak256,
} from "../../../protocol/index.ts";
import { stockCommon } from "./stockCommon.ts";
import { stockStateOptions } from "./stockRun.ts";

const CALL_GAS = 10_000_000_000n;
/** EthereumJS's caches forget changes when more wait for the trie than they hold. */
const FLUSH_EVERY = 10_000;

/** EthereumJS's state manager that notes what was written: its trie knows hashed keys only. */
class NotingStateManager extends MerkleStateManager {
  readonly written = new Map<string, Set<string>>();

  override putAccount(address: Address, account: Account | undefined): Promise<void> {
    this.slotsOf(address);
    return super.putAccount(address, account);
  }

  override putStorage(address: Address, key: Uint8Array, value: Uint8Array): Promise<void> {
    this.slotsOf(address).add(bytesToHex(key));
    return super.putStorage(address, key, value);
  }

  private slotsOf(address: Address): Set<string> {
    const at = address.toString();
    const slots = this.written.get(at) ?? new Set();
    this.written.set(at, slots);
    return slots;
  }
}

/**
 * The state that the workloads start from, made by plain calls on EthereumJS: no transactions, no fees. Its state
 * manager is the stock side's base, what it wrote is our genesis; their roots are compared when the benchmark starts.
 */
export class SetupState {
  private readonly state: NotingStateManager;
  private readonly evm: EVM;
  private unflushed = 0;
  private readonly block: ReturnType<typeof createBlock>;

  private constructor(state: NotingStateManager, evm: EVM, common: Common, timestamp: number) {
    this.state = state;
    this.evm = evm;
    this.block = createBlock(
      { header: { timestamp: BigInt(timestamp), gasLimit: CALL_GAS } },
      { common, skipConsensusFormatValidation: true },
    );
  }

  static async create(chainId: number, timestamp: number): Promise<SetupState> {
    const common = stockCommon(chainId);
    const state = new NotingStateManager(stockStateOptions(common));
    const evm = await createEVM({ common, stateManager: state });
    await state.checkpoint();
    return new SetupState(state, evm, common, timestamp);
  }

  async put({ address, nonce, balance, code, storage }: GenesisAccount): Promise<void> {
    const at = new Address(address);
    await this.state.putAccount(at, new Account(nonce, balance));
    if (code.length > 0) await this.state.putCode(at, code);
    for (const { slot, value } of storage) await this.state.putStorage(at, slot, value);
    if (++this.unflushed < FLUSH_EVERY) return;
    this.unflushed = 0;
    await this.state.commit();
    await this.state.checkpoint();
  }

  /** Runs the call, or the creation when `to` is undefined; answers the address it called or made. */
  async call(caller: Uint8Array, to: Uint8Array | undefined, data: Uint8Array): Promise<Uint8Array> {
    const { execResult, createdAddress } = await this.evm.runCall({
      block: this.block,
      caller: new Address(caller),
      origin: new Address(caller),
      ...(to === undefined ? {} : { to: new Address(to) }),
      data,
      gasLimit: CALL_GAS,
    });
    if (execResult.exceptionError !== undefined) {
      throw new BraidError("BENCH_SETUP_FAILED", `a set-up call failed: ${execResult.exceptionError.error}`);
    }
    await this.evm.journal.cleanup();
    this.state.originalStorageCache.clear();
    const address = to ?? createdAddress?.bytes;
    if (address === undefined) throw new BraidError("BENCH_SETUP_FAILED", "a set-up creation made nothing");
    return address;
  }

  /** Ends the set-up. */
  async finish(): Promise<{ state: MerkleStateManager; accounts: GenesisAccount[] }> {
    await this.state.commit();
    const accounts: GenesisAccount[] = [];
    for (const [hex, slots] of this.state.written) {
      const address = new Address(hexToBytes(hex));
      const account = await this.state.getAccount(address);
      if (account === undefined) continue;
      const code = await this.state.getCode(address);
      const storage: GenesisAccount["storage"] = [];
      for (const slot of slots) {
        const value = await this.state.getStorage(address, hexToBytes(slot));
        if (value.length > 0) storage.push({ slot: hexToBytes(slot), value });
      }
      const { nonce, balance } = account;
      accounts.push({ address: address.bytes, nonce, balance, code, codeHash: keccak256(code), storage });
    }
    return { state: this.state, accounts };
  }
}

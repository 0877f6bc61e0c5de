import { createBlock } from "@ethereumjs/block";
import { Common, Hardfork, Mainnet } from "@ethereumjs/common";
import { MerkleStateManager } from "@ethereumjs/statemanager";
import { createTxFromRLP } from "@ethereumjs/tx";
import { Account, Address, createAddressFromString, intToBytes, setLengthLeft } from "@ethereumjs/util";
import { createVM, encodeReceipt, runTx } from "@ethereumjs/vm";
import {
  type BlockInput,
  DEPOSIT_TYPE,
  type GenesisAccount,
  keccak256,
  recoverPublicKey,
} from "../../protocol/index.ts";
import { runStockDeposit } from "../../prover-stub/execution/stockDeposit.ts";

export interface StockResult {
  stateRoot: Uint8Array;
  /** Index in the input's transactions, the receipt as the trie holds it. */
  included: { index: number; createdAddress: Uint8Array | undefined; receipt: Uint8Array }[];
  gasUsed: bigint;
}

function ecrecover(hash: Uint8Array, v: bigint, r: Uint8Array, s: Uint8Array, chainId?: bigint): Uint8Array {
  const signature = new Uint8Array(64);
  signature.set(r, 32 - r.length);
  signature.set(s, 64 - s.length);
  const recovery = v < 2n ? v : chainId === undefined ? v - 27n : v - (chainId * 2n + 35n);
  return recoverPublicKey(hash, signature, Number(recovery));
}

/**
 * The oracle: the block on EthereumJS as it comes, one signed transaction after the other, over a Merkle Patricia
 * trie; the coinbase gets the base fees at the end. Shares no code with the engine but hashing and signature recovery.
 */
export async function runStockBlock(
  chainId: number,
  genesis: GenesisAccount[],
  input: BlockInput,
): Promise<StockResult> {
  const common = new Common({
    chain: { ...Mainnet, chainId },
    hardfork: Hardfork.Osaka,
    customCrypto: { keccak256, ecrecover },
  });
  const stateManager = new MerkleStateManager({ common });
  for (const { address, nonce, balance, code, storage } of genesis) {
    const at = new Address(address);
    await stateManager.putAccount(at, new Account(nonce, balance));
    if (code.length > 0) await stateManager.putCode(at, code);
    for (const { slot, value } of storage) await stateManager.putStorage(at, slot, value);
  }
  const blockHash = (number: number) => (number === input.number - 1 ? input.parentHash : new Uint8Array(32));
  const blockchain = {
    getBlock: (number: number) => Promise.resolve({ hash: () => blockHash(number) }),
    putBlock: () => Promise.resolve(),
    shallowCopy: () => blockchain,
  };
  const vm = await createVM({ common, stateManager, blockchain });
  const ring = (index: number) => setLengthLeft(intToBytes(index), 32);
  const roots = createAddressFromString("0x000F3df6D732807Ef1319fB7B8bB8522d0Beac02");
  const history = createAddressFromString("0x0000F90827F1C53a10cb7A02335B175320002935");
  await stateManager.putStorage(roots, ring(input.timestamp % 8191), intToBytes(input.timestamp));
  await stateManager.putStorage(roots, ring((input.timestamp % 8191) + 8191), input.parentBeaconBlockRoot);
  await stateManager.putStorage(history, ring((input.number - 1) % 8191), input.parentHash);
  const block = createBlock(
    {
      header: {
        number: BigInt(input.number),
        parentHash: input.parentHash,
        coinbase: new Address(input.coinbase),
        timestamp: BigInt(input.timestamp),
        gasLimit: input.gasLimit,
        baseFeePerGas: input.baseFeePerGas,
        mixHash: input.prevRandao,
        extraData: input.extraData,
      },
    },
    { common, skipConsensusFormatValidation: true },
  );
  const included: StockResult["included"] = [];
  let gasUsed = 0n;
  let paidGas = 0n;
  for (const [index, transaction] of input.transactions.entries()) {
    const { raw, gasLimit, type } = transaction;
    if (gasLimit > input.gasLimit - gasUsed) continue;
    if (type === DEPOSIT_TYPE) {
      const { receipt, createdAddress, ...deposit } = await runStockDeposit(vm, block, transaction, gasUsed);
      gasUsed += deposit.gasUsed;
      included.push({ index, createdAddress, receipt });
      continue;
    }
    try {
      const tx = createTxFromRLP(raw, { common });
      const result = await runTx(vm, { tx, block, blockGasUsed: gasUsed });
      gasUsed += result.totalGasSpent;
      paidGas += result.totalGasSpent;
      const receipt = encodeReceipt(result.receipt, type);
      included.push({ index, createdAddress: result.createdAddress?.bytes, receipt });
    } catch (refused) {
      if (!(refused instanceof Error)) throw refused;
    }
  }
  if (paidGas > 0n) {
    const coinbase = new Address(input.coinbase);
    const account = (await stateManager.getAccount(coinbase)) ?? new Account();
    account.balance += paidGas * input.baseFeePerGas;
    await stateManager.putAccount(coinbase, account);
  }
  return { stateRoot: await stateManager.getStateRoot(), included, gasUsed };
}

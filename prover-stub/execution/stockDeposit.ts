import type { Block } from "@ethereumjs/block";
import { RLP } from "@ethereumjs/rlp";
import { createFeeMarket1559Tx } from "@ethereumjs/tx";
import { Account, Address, bigIntToUnpaddedBytes, createAddressFromString } from "@ethereumjs/util";
import { Bloom, type VM } from "@ethereumjs/vm";
import { DEPOSIT_TYPE, keccak256, type Transaction } from "../../protocol/index.ts";

export interface StockDeposit {
  gasUsed: bigint;
  createdAddress: Uint8Array | undefined;
  status: 0 | 1;
  bloom: Uint8Array;
  /** As the receipts trie holds it. */
  receipt: Uint8Array;
}

/**
 * A deposit on EthereumJS's own EVM, written down from the OP Stack's specification: mint, then the message or nothing.
 * `gasBefore`: used in the block so far.
 */
export async function runStockDeposit(
  { evm, stateManager, common }: VM,
  block: Block,
  deposit: Transaction,
  gasBefore: bigint,
): Promise<StockDeposit> {
  const { value, data, gasLimit } = deposit;
  const from = new Address(deposit.sender);
  const to = deposit.to === undefined ? undefined : new Address(deposit.to);
  evm.journal.cleanJournal();
  stateManager.originalStorageCache.clear();
  const sender = (await stateManager.getAccount(from)) ?? new Account();
  sender.balance += deposit.deposit?.mint ?? 0n;
  await evm.journal.putAccount(from, sender);
  const { nonce } = sender;
  // For its figures alone.
  const form = createFeeMarket1559Tx(
    { data, gasLimit: 2n ** 24n, ...(to === undefined ? {} : { to }) },
    { common, allowUnlimitedInitCodeSize: true },
  );
  const intrinsic = form.getIntrinsicGas();
  const zeros = data.filter((byte) => byte === 0).length;
  const floor = 21_000n + 10n * BigInt(zeros + 4 * (data.length - zeros));
  const begins =
    gasLimit >= intrinsic &&
    gasLimit >= floor &&
    sender.balance >= value &&
    (to !== undefined || data.length <= 49_152);
  let gasUsed = gasLimit;
  let status: 0 | 1 = 0;
  let logs: [Uint8Array, Uint8Array[], Uint8Array][] = [];
  if (begins) {
    for (const hex of evm.precompiles.keys()) evm.journal.addAlwaysWarmAddress(hex);
    for (const address of [from, to, block.header.coinbase]) {
      if (address !== undefined) evm.journal.addAlwaysWarmAddress(address.toString().slice(2));
    }
    // It moves the nonce on itself.
    const { execResult } = await evm.runCall({
      block,
      caller: from,
      gasLimit: gasLimit - intrinsic,
      gasPrice: 0n,
      value,
      data,
      ...(to === undefined ? {} : { to }),
    });
    const spent = intrinsic + execResult.executionGasUsed;
    const refund = execResult.gasRefund ?? 0n;
    const left = spent - (refund < spent / 5n ? refund : spent / 5n);
    gasUsed = left > floor ? left : floor;
    status = execResult.exceptionError === undefined ? 1 : 0;
    logs = execResult.logs ?? [];
    for (const address of execResult.selfdestruct?.keys() ?? []) {
      if (execResult.createdAddresses?.has(address) === true) {
        await evm.journal.deleteAccount(createAddressFromString(address));
      }
    }
  } else {
    sender.nonce += 1n;
    await evm.journal.putAccount(from, sender);
  }
  await evm.journal.cleanup();
  stateManager.originalStorageCache.clear();
  const bloom = bloomOf(logs);
  const created = RLP.encode([deposit.sender, bigIntToUnpaddedBytes(nonce)]);
  return {
    gasUsed,
    createdAddress: to === undefined ? keccak256(created).slice(12) : undefined,
    status,
    bloom,
    receipt: Buffer.concat([
      Uint8Array.of(DEPOSIT_TYPE),
      RLP.encode([status, gasBefore + gasUsed, bloom, logs, nonce, 1]),
    ]),
  };
}

function bloomOf(logs: [Uint8Array, Uint8Array[], Uint8Array][]): Uint8Array {
  const bloom = new Bloom();
  for (const [address, topics] of logs) for (const part of [address, ...topics]) bloom.add(part);
  return bloom.bitvector;
}

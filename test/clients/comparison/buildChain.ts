import {
  encodeDeployData,
  encodeFunctionData,
  getContractAddress,
  type Hex,
  parseEther,
  parseGwei,
  toHex,
  zeroAddress,
} from "viem";
import { mnemonicToAccount } from "viem/accounts";
import { DEVELOPMENT_MNEMONIC } from "../../../protocol/index.ts";
import { rpc } from "../../support/rpc.ts";
import { CHAIN_ID, keyOf } from "../clientsNode.ts";
import { compileProbe, probeAbi } from "../contracts/probe.ts";

/** One of the two nodes, with the hashes of its blocks, which its twin's are not. */
export interface Side {
  name: "Braid" | "Anvil";
  url: string;
  blockHashes: Hex[];
}

export interface BuiltChain {
  probe: Hex;
  /** Development accounts that sent. */
  senders: Hex[];
  delegate: Hex;
  /** Hashes of the mined transactions, in order of block and place. */
  mined: Hex[];
  /** A signed transaction for each way in which a pool refuses one, by the reason; nothing of it was sent. */
  refused: Record<string, Hex>;
  /** Hash of one that waits behind a gap. */
  waiting: Hex;
  blocks: number;
}

const GENESIS_TIME = 4_000_000_000;
const BASE_FEE = 1_000_000_007n;
const COINBASE = `0x${"c0".repeat(20)}`;
const FEES = { maxFeePerGas: parseGwei("20"), maxPriorityFeePerGas: parseGwei("1") };
const CHEAP = { maxFeePerGas: parseGwei("2"), maxPriorityFeePerGas: parseGwei("1") };
const DEAR = { maxFeePerGas: parseGwei("100"), maxPriorityFeePerGas: parseGwei("1") };

const accounts = [5, 6, 7].map((addressIndex) => mnemonicToAccount(DEVELOPMENT_MNEMONIC, { addressIndex }));
const [alice, bob, carol] = accounts;

interface Wish {
  from: typeof alice;
  nonce: number;
  to?: Hex;
  data?: Hex;
  value?: bigint;
  gas?: bigint;
  fees?: object;
}

async function sign(wish: Wish): Promise<Hex> {
  const { from, fees = FEES, gas = 300_000n, ...rest } = wish;
  if (from === undefined) throw new TypeError("no sender");
  return from.signTransaction({ chainId: CHAIN_ID, gas, ...rest, ...fees });
}

const call = (functionName: "move" | "deposit", args: readonly [Hex, bigint] | readonly [] = []) =>
  encodeFunctionData({ abi: probeAbi, functionName, args });

/** The blocks, each as the transactions in it. Only one sender a block where the order would be open. */
async function blocksOf(probe: Hex, delegate: ReturnType<typeof keyOf>): Promise<Hex[][]> {
  const deploy = encodeDeployData({ abi: probeAbi, bytecode: compileProbe().bytecode, args: ["twin"] });
  const list = [{ address: probe, storageKeys: [toHex(1n, { size: 32 })] }];
  const authorization = await delegate.account.signAuthorization({
    address: probe,
    chainId: CHAIN_ID,
    nonce: 0,
  });
  const gasPrice = parseGwei("3");
  const deposit = { to: probe, data: call("deposit") };
  const moved = (amount: bigint) => ({ to: probe, data: call("move", [zeroAddress, amount]) });
  const wishes: Wish[][] = [
    [{ from: alice, nonce: 0, data: deploy, gas: 2_000_000n }],
    [
      { from: alice, nonce: 1, ...deposit, value: parseEther("1"), fees: { type: "legacy", gasPrice } },
      { from: alice, nonce: 2, ...deposit, value: 2n, fees: { type: "eip2930", gasPrice, accessList: list } },
      { from: alice, nonce: 3, ...moved(5n), fees: { ...FEES, accessList: list } },
    ],
    [
      // It is there already when it delegates: Anvil takes every account to be there, and refunds gas for it.
      { from: bob, nonce: 0, to: delegate.account.address, value: 1n, gas: 21_000n },
      {
        from: bob,
        nonce: 1,
        to: delegate.account.address,
        data: call("deposit"),
        value: 9n,
        fees: { type: "eip7702", ...FEES, authorizationList: [authorization] },
      },
    ],
    [],
    [
      { from: carol, nonce: 0, ...moved(1n) },
      { from: carol, nonce: 1, to: zeroAddress, value: 77n, gas: 21_000n },
      { from: carol, nonce: 2, to: probe, data: "0xdeadbeef" },
    ],
    [{ from: alice, nonce: 4, data: "0x60015ffd", gas: 100_000n }],
  ];
  return Promise.all(wishes.map((block) => Promise.all(block.map(sign))));
}

/** Signed, and refused by every pool for its reason once the chain is built. */
async function refusedTransactions(): Promise<Record<string, Hex>> {
  const to = zeroAddress;
  const nonce = 5;
  const poor = keyOf("owns nothing on either chain").account;
  const wish = { to, gas: 21_000n, chainId: CHAIN_ID, ...FEES };
  return {
    "nonce too low": await sign({ from: alice, nonce: 0, to, gas: 21_000n }),
    "insufficient funds": await poor.signTransaction({ ...wish, nonce: 0, value: 1n }),
    "intrinsic gas too low": await sign({ from: alice, nonce, to, gas: 20_999n }),
    "gas limit above a transaction's": await sign({ from: alice, nonce, to, gas: 2n ** 24n + 1n }),
    "gas limit above the block's": await sign({ from: alice, nonce, to, gas: 120_000_001n, fees: CHEAP }),
    "a fee above a whole ether": await sign({ from: alice, nonce, to, gas: 16_000_000n, fees: DEAR }),
    "another chain's id": await poor.signTransaction({ ...wish, nonce: 0, chainId: 1 }),
    "replacement underpriced": await sign({ from: bob, nonce: 3, to, value: 2n, gas: 21_000n }),
    "already known": await waitingTransaction(),
    "not a transaction": "0xdeadbeef",
  };
}

const waitingTransaction = () => sign({ from: bob, nonce: 3, to: zeroAddress, value: 1n, gas: 21_000n });

/** The same blocks on both sides: time, base fee and fee recipient given, transactions in the order of their nonces. */
export async function buildChain(sides: readonly Side[]): Promise<BuiltChain> {
  if (alice === undefined || bob === undefined || carol === undefined) throw new TypeError("no accounts");
  const probe = getContractAddress({ from: alice.address, nonce: 0n });
  const delegate = keyOf("delegates on both chains");
  const blocks = await blocksOf(probe, delegate);
  const waiting = await waitingTransaction();
  const mined: Hex[] = [];
  for (const { url, name, blockHashes } of sides) {
    await rpc(url, "evm_setAutomine", [false]);
    await rpc(url, "anvil_setCoinbase", [COINBASE]);
    for (const [index, transactions] of blocks.entries()) {
      for (const raw of transactions) {
        const hash = (await rpc(url, "eth_sendRawTransaction", [raw])) as Hex;
        if (name === "Braid") mined.push(hash);
      }
      await rpc(url, "evm_setNextBlockTimestamp", [GENESIS_TIME + 12 * index]);
      await rpc(url, "anvil_setNextBlockBaseFeePerGas", [toHex(BASE_FEE)]);
      await rpc(url, "evm_mine", []);
    }
    for (let number = 0; number <= blocks.length; number++) {
      const block = await rpc(url, "eth_getBlockByNumber", [toHex(number), false]);
      blockHashes.push((block as { hash: Hex }).hash);
    }
  }
  let waits: Hex = "0x";
  for (const { url } of sides) waits = (await rpc(url, "eth_sendRawTransaction", [waiting])) as Hex;
  return {
    probe,
    senders: [alice.address, bob.address, carol.address],
    delegate: delegate.account.address,
    mined,
    refused: await refusedTransactions(),
    waiting: waits,
    blocks: blocks.length,
  };
}

import { type Hex, keccak256, maxUint256, toHex } from "viem";
import { type Address, mnemonicToAccount, privateKeyToAccount } from "viem/accounts";
import { DEVELOPMENT_MNEMONIC } from "../../protocol/index.ts";
import { mulberry32 } from "../support/random.ts";
import { type RpcReceipt, receiptOf } from "../support/receiptOf.ts";
import { rpc } from "../support/rpc.ts";
import { TestSender } from "../support/testSender.ts";
import { deployUniswap, type Uniswap } from "./uniswapDeploy.ts";
import { etherOf, readOutcome, type UniswapOutcome } from "./uniswapOutcome.ts";
import { nextTrade, type TradeWish } from "./uniswapTrades.ts";

export interface UniswapScenarioOptions {
  rpcUrl: string;
  seed: number;
  traders?: number;
  waves?: number;
  /** For a chain that is told when to make blocks: nothing is sealed between the two calls. */
  sealing?: { hold(): Promise<void>; release(): Promise<void> };
}

export interface UniswapRun {
  /** The same on every correct chain. */
  outcome: UniswapOutcome;
  /** What this chain made of it. */
  trades: { hash: Hex; blockNumber: number; transactionIndex: number; declared: boolean }[];
}

const ETHER = 10n ** 18n;
const TRADER_ETHER = 20n * ETHER;
const TRADER_TOKENS = 10_000n * ETHER;
const TIP_STEP = 1_000_000n;
const TIP_BASE = 2_000_000_000n;

/**
 * Fifty accounts trade on Uniswap V2: three pools, direct and two-hop swaps, some that must revert; half of the
 * trades declare the access list that the node makes for them. In a third of the waves all do and each trade stays in
 * one pool: then a block has parts that do not disturb each other.
 *
 * The order of the trades is fixed on any chain that orders by tip and then arrival, however it cuts blocks: within
 * a wave each is sent after the one before was taken and tips less. Deadlines never bite, so time has no part in the
 * outcome; the keys come from the seed, so addresses are equal too.
 */
export async function runUniswapScenario(options: UniswapScenarioOptions): Promise<UniswapRun> {
  const { rpcUrl, seed, traders: count = 50, waves = 6 } = options;
  const faucet = await TestSender.create(mnemonicToAccount(DEVELOPMENT_MNEMONIC), rpcUrl);
  const deployer = await seededSender(rpcUrl, seed, "deployer");
  await faucet.sendAndWait({ to: deployer.account.address, value: 2_000n * ETHER, gas: 21_000n });
  const uniswap = await deployUniswap(deployer, rpcUrl);
  const traders = await Promise.all(
    Array.from({ length: count }, (_, index) => seededSender(rpcUrl, seed, `trader ${index}`)),
  );
  await prepareTraders(rpcUrl, uniswap, deployer, traders);
  const opening = await etherOf(rpcUrl, traders);

  const random = mulberry32(seed);
  const sent: { hash: Hex; declared: boolean }[] = [];
  for (let wave = 0; wave < waves; wave++) {
    const planned = await planWave(rpcUrl, uniswap, traders, random, wave);
    await options.sealing?.hold();
    const inWave: typeof sent = [];
    for (const { trader, wish, declared } of planned) {
      inWave.push({ hash: await trader.send(wish), declared });
    }
    await options.sealing?.release();
    await Promise.all(inWave.map(({ hash }) => receiptOf(rpcUrl, hash)));
    sent.push(...inWave);
  }
  const receipts = await Promise.all(sent.map(({ hash }) => receiptOf(rpcUrl, hash)));
  const outcome = await readOutcome(rpcUrl, uniswap, traders, opening, receipts);
  return {
    outcome,
    trades: receipts.map((receipt, index) => place(receipt, sent[index]?.declared === true)),
  };
}

function place(receipt: RpcReceipt, declared: boolean): UniswapRun["trades"][number] {
  const { transactionHash: hash, blockNumber, transactionIndex } = receipt;
  return {
    hash,
    blockNumber: Number(blockNumber),
    transactionIndex: Number(transactionIndex),
    declared,
  };
}

function seededSender(rpcUrl: string, seed: number, name: string): Promise<TestSender> {
  return TestSender.create(privateKeyToAccount(keccak256(toHex(`uniswap ${seed} ${name}`))), rpcUrl);
}

/** Ether and both tokens for everyone, and the router allowed to take the tokens. */
async function prepareTraders(
  rpcUrl: string,
  uniswap: Uniswap,
  deployer: TestSender,
  traders: TestSender[],
): Promise<void> {
  const hashes: Hex[] = [];
  for (const { account } of traders) {
    hashes.push(await deployer.send({ to: account.address, value: TRADER_ETHER, gas: 21_000n }));
    for (const token of [uniswap.tokenA, uniswap.tokenB]) {
      hashes.push(await deployer.send(token.call("mint", [account.address, TRADER_TOKENS])));
    }
  }
  await allSucceeded(rpcUrl, hashes);
  const approvals: Hex[] = [];
  for (const trader of traders) {
    for (const token of [uniswap.tokenA, uniswap.tokenB]) {
      approvals.push(await trader.send(token.call("approve", [uniswap.router.address, maxUint256])));
    }
  }
  await allSucceeded(rpcUrl, approvals);
}

async function allSucceeded(rpcUrl: string, hashes: Hex[]): Promise<void> {
  const receipts = await Promise.all(hashes.map((hash) => receiptOf(rpcUrl, hash)));
  const failed = receipts.find(({ status }) => status !== "0x1");
  if (failed !== undefined) throw new TypeError(`set-up transaction ${failed.transactionHash} failed`);
}

interface PlannedTrade {
  trader: TestSender;
  wish: Parameters<TestSender["send"]>[0];
  declared: boolean;
}

/** Which traders declare, and what kind of trade all of them make. */
const WAVES: { declares(index: number): boolean; kind: TradeWish["kind"] }[] = [
  { declares: (index) => index % 2 === 0, kind: "any" },
  { declares: () => true, kind: "direct" },
  { declares: () => false, kind: "any" },
];

async function planWave(
  rpcUrl: string,
  uniswap: Uniswap,
  traders: TestSender[],
  random: () => number,
  wave: number,
): Promise<PlannedTrade[]> {
  const form = WAVES[wave % WAVES.length] ?? { declares: () => false, kind: "any" };
  const planned: PlannedTrade[] = [];
  for (const [index, trader] of traders.entries()) {
    const declared = form.declares(index);
    const trade = nextTrade(uniswap, trader.account.address, random, {
      kind: form.kind,
      mayRevert: !declared,
    });
    const accessList = declared ? await accessListOf(rpcUrl, trader.account.address, trade) : [];
    const tip = TIP_BASE - BigInt(index) * TIP_STEP;
    planned.push({ trader, declared, wish: { ...trade, accessList, tip } });
  }
  return planned;
}

type AccessList = { address: Address; storageKeys: Hex[] }[];

async function accessListOf(
  rpcUrl: string,
  from: Address,
  trade: { to: Hex; data: Hex; value: bigint },
): Promise<AccessList> {
  const request = { from, to: trade.to, data: trade.data, value: toHex(trade.value) };
  const answer = (await rpc(rpcUrl, "eth_createAccessList", [request, "latest"])) as {
    accessList: AccessList;
    error?: string;
  };
  if (answer.error !== undefined) throw new TypeError(`no access list for a trade: ${answer.error}`);
  return inOrder(answer.accessList);
}

/** Nodes list locations in any order; a fixed one makes the same transaction everywhere. */
function inOrder(list: AccessList): AccessList {
  return list
    .map(({ address, storageKeys }) => ({ address, storageKeys: [...storageKeys].sort() }))
    .sort((one, other) => (one.address.toLowerCase() < other.address.toLowerCase() ? -1 : 1));
}

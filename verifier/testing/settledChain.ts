/**
 * A chain that a whole node made, with its settlement on Anvil: deposits, forced transactions, all types, a batch in
 * blobs, one that was taken back. Who calls it brings servers and the node's roles.
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import {
  createPublicClient,
  createTestClient,
  createWalletClient,
  defineChain,
  type Hex,
  http,
  keccak256,
  parseEther,
  toHex,
} from "viem";
import { mnemonicToAccount, privateKeyToAccount } from "viem/accounts";
import { foundry } from "viem/chains";
import { optimismPortalAbi, rollupAbi } from "../../contracts/index.ts";
import { type Config, DEV_MNEMONIC, freePort, loadConfig } from "../../infra/index.ts";

const RECIPIENT: Hex = `0x${"bb".repeat(20)}`;
const PASSER: Hex = "0x4200000000000000000000000000000000000016";
const CHAIN_ID = 7357;
const FORCER = privateKeyToAccount(`0x${"f0".repeat(32)}`);
const account = (addressIndex: number) => mnemonicToAccount(DEV_MNEMONIC, { addressIndex });
const [GUARDIAN, DEPOSITOR, USER] = [account(1), account(5), account(6)];

export interface SettledChainOptions {
  stack: { dataDir: string; redisUrl: string; databaseUrl: string; l1Url: string };
  /** Sequencer and RPC; answers how to stop them. */
  startNode(config: Config): Promise<() => Promise<void>>;
  until(condition: () => Promise<boolean>): Promise<unknown>;
}

export type SettledChain = Awaited<ReturnType<typeof buildSettledChain>>;

export function l1Clients(url: string) {
  const transport = http(url);
  return {
    reader: createPublicClient({ chain: foundry, transport, pollingInterval: 20, cacheTime: 0 }),
    wallet: createWalletClient({ chain: foundry, transport }),
    control: createTestClient({ chain: foundry, transport, mode: "anvil" }),
  };
}

function l2Clients(port: number) {
  const url = `http://127.0.0.1:${port}`;
  const nativeCurrency = { name: "Ether", symbol: "ETH", decimals: 18 };
  const rpcUrls = { default: { http: [url] } };
  const chain = defineChain({ id: CHAIN_ID, name: "Braid", nativeCurrency, rpcUrls });
  const transport = http(url);
  return {
    reader: createPublicClient({ chain, transport, pollingInterval: 20, cacheTime: 0 }),
    wallet: createWalletClient({ chain, transport, account: USER }),
  };
}

const forced = (nonce: number) =>
  FORCER.signTransaction({
    ...{ type: "eip1559", chainId: CHAIN_ID, nonce, gas: 21_000n, to: RECIPIENT, value: 7n },
    ...{ maxFeePerGas: 10n ** 10n, maxPriorityFeePerGas: 1000n },
  });

/** The node has ended when this resolves; its blocks are as it answered them, index = number. */
export async function buildSettledChain({ stack, startNode, until }: SettledChainOptions) {
  const l1 = l1Clients(stack.l1Url);
  const l2Port = await freePort();
  const l2 = l2Clients(l2Port);
  const settings = {
    ...{ BRAID_DATA_DIR: stack.dataDir, BRAID_REDIS_URL: stack.redisUrl, BRAID_L1_URL: stack.l1Url },
    ...{ BRAID_DATABASE_URL: stack.databaseUrl, BRAID_DEPLOY: "true", BRAID_LANES: "1" },
    ...{ BRAID_L2_PORT: `${l2Port}`, BRAID_METRICS_PORT: `${await freePort()}`, BRAID_LOG_LEVEL: "error" },
    ...{ BRAID_L1_POLL_MS: "100", BRAID_L1_POLLING_MS: "100", BRAID_BATCH_INTERVAL_MS: "300" },
    BRAID_GUARDIAN: GUARDIAN.address,
  };
  const configOf = (kind: "calldata" | "blobs") =>
    loadConfig({ env: { ...settings, BRAID_DATA_AVAILABILITY: kind } });
  const deployed = () => {
    const { l1: found } = JSON.parse(readFileSync(path.join(stack.dataDir, "deployment.json"), "utf8"));
    return { address: found.contracts.rollup as Hex, abi: rollupAbi };
  };
  const lastBatch = () => l1.reader.readContract({ ...deployed(), functionName: "lastBatch" });
  const portal = async () => {
    const address = await l1.reader.readContract({ ...deployed(), functionName: "queue" });
    return { address, abi: optimismPortalAbi, account: DEPOSITOR, gas: 1_000_000n } as const;
  };
  const committed = (block: bigint) => until(async () => (await lastBatch()).lastBlock >= block);

  /** `to` undefined: creates. */
  async function deposit(to: Hex | undefined, mint: bigint, value = mint, data: Hex = "0x"): Promise<void> {
    const target = to ?? `0x${"00".repeat(20)}`;
    const hash = await l1.wallet.writeContract({
      ...{ ...(await portal()), functionName: "depositTransaction", value: mint },
      args: [target, value, 200_000n, to === undefined, data],
    });
    await l1.reader.waitForTransactionReceipt({ hash });
  }
  /** Guardian's: takes back batches from this one on. */
  async function revertBatches(from: bigint): Promise<void> {
    const request = { ...deployed(), account: GUARDIAN, functionName: "revertBatches" } as const;
    const hash = await l1.wallet.writeContract({ ...request, args: [from] });
    await l1.reader.waitForTransactionReceipt({ hash });
  }
  async function inBlobs(): Promise<void> {
    await deposit(FORCER.address, parseEther("1"));
    await until(async () => (await l2.reader.getBalance({ address: FORCER.address })) > 0n);
    await committed(1n);
  }
  async function inCalldata() {
    await committed(await sendAllTypes(l2));
    await revertBatches((await lastBatch()).number);
    await deposit(RECIPIENT, 5n);
    await deposit(RECIPIENT, 1n, parseEther("5"));
    await deposit(undefined, 0n, 0n, "0x6002600055");
    for (const raw of [await forced(0), "0x02c0", await forced(9), await forced(1)] as const) {
      await l1.wallet.writeContract({ ...(await portal()), functionName: "forceTransaction", args: [raw] });
    }
    const last = { hash: keccak256(await forced(1)), timeout: 60_000 };
    await committed((await l2.reader.waitForTransactionReceipt(last)).blockNumber);
    const { lastBlock } = await lastBatch();
    const numbers = Array.from({ length: Number(lastBlock) + 1 }, (_, number) => BigInt(number));
    return await Promise.all(numbers.map((blockNumber) => l2.reader.getBlock({ blockNumber })));
  }

  let stop = await startNode(configOf("blobs"));
  await inBlobs().finally(stop);
  const config = configOf("calldata");
  stop = await startNode(config);
  const blocks = await inCalldata().finally(stop);
  const sequencer = privateKeyToAccount(config.sequencerKey);
  return { l1, l2Port, rollup: deployed().address, blocks, sequencer, revertBatches, lastBatch };
}

/** One of each kind that L2 takes, a withdrawal and a contract among them. Answers the last one's block. */
async function sendAllTypes({ reader, wallet }: ReturnType<typeof l2Clients>): Promise<bigint> {
  const nonce = await reader.getTransactionCount({ address: USER.address });
  const to = { to: RECIPIENT, value: 1n, gas: 100_000n } as const;
  const price = { gasPrice: 10n ** 11n };
  const fees = { maxFeePerGas: 10n ** 11n, maxPriorityFeePerGas: 5n };
  const accessList = [{ address: PASSER, storageKeys: [toHex(1, { size: 32 })] }];
  const authorization = await wallet.signAuthorization({ contractAddress: PASSER, nonce: nonce + 3 });
  const hashes = [
    await wallet.sendTransaction({ type: "legacy", nonce, ...to, ...price }),
    await wallet.sendTransaction({ type: "eip2930", nonce: nonce + 1, ...to, ...price, accessList }),
    await wallet.sendTransaction({
      ...{ type: "eip7702", nonce: nonce + 2, ...to, ...fees },
      authorizationList: [authorization],
    }),
    await wallet.sendTransaction({ nonce: nonce + 4, ...fees, gas: 100_000n, data: "0x6001600055" }),
    await wallet.sendTransaction({ nonce: nonce + 5, ...to, to: PASSER, ...fees }),
  ];
  let last = 0n;
  for (const hash of hashes) {
    last = (await reader.waitForTransactionReceipt({ hash, timeout: 30_000 })).blockNumber;
  }
  return last;
}

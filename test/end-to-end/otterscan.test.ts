import {
  type Address,
  createPublicClient,
  createWalletClient,
  defineChain,
  getContractAddress,
  type Hash,
  http,
} from "viem";
import { mnemonicToAccount } from "viem/accounts";
import { afterAll, beforeAll, expect, it } from "vitest";
import { DEVELOPMENT_MNEMONIC } from "../../protocol/index.ts";
import { rpc } from "../support/rpc.ts";
import { startTestNode, type TestNode } from "../support/testNode.ts";

const account = mnemonicToAccount(DEVELOPMENT_MNEMONIC, { addressIndex: 3 });

/** Creates, at each call, a contract whose code is one STOP: `60016000f3` is its initcode. */
const FACTORY_CODE = "6460016000f36000526005601b6000f000";
const FACTORY_INIT = `0x70${FACTORY_CODE}6000526011600ff3` as const;

let node: TestNode;
let factory: Address;
let deployed: Hash;
let created: Hash;

function clients() {
  const chain = defineChain({
    id: 7357,
    name: "Braid",
    nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 },
    rpcUrls: { default: { http: [node.rpcUrl] } },
  });
  const options = { chain, transport: http(node.rpcUrl), pollingInterval: 50 };
  return { reader: createPublicClient(options), wallet: createWalletClient({ ...options, account }) };
}

beforeAll(async () => {
  node = await startTestNode();
  const { reader, wallet } = clients();
  deployed = await wallet.sendTransaction({ data: FACTORY_INIT });
  const receipt = await reader.waitForTransactionReceipt({ hash: deployed });
  if (typeof receipt.contractAddress !== "string") throw new TypeError("the factory was not deployed");
  factory = receipt.contractAddress;
  created = await wallet.sendTransaction({ to: factory, gas: 200_000n });
  expect((await reader.waitForTransactionReceipt({ hash: created })).status).toBe("success");
}, 60_000);
afterAll(() => node.stop());

const hashes = async (method: string, address: Address, block: number): Promise<Hash[]> => {
  const page = (await rpc(node.rpcUrl, method, [address, block, 25])) as { txs: { hash: Hash }[] };
  return page.txs.map(({ hash }) => hash);
};

it("follows a contract that a contract created to its transaction and its creator", async () => {
  const child = getContractAddress({ from: factory, nonce: 1n }).toLowerCase() as Address;
  expect(await rpc(node.rpcUrl, "ots_hasCode", [child, "latest"])).toBe(true);
  expect(await rpc(node.rpcUrl, "ots_getContractCreator", [child])).toEqual({
    hash: created,
    creator: factory.toLowerCase(),
  });
  expect(await rpc(node.rpcUrl, "ots_getContractCreator", [factory])).toEqual({
    hash: deployed,
    creator: account.address.toLowerCase(),
  });
  expect(await hashes("ots_searchTransactionsBefore", child, 0)).toEqual([created]);
});

it("finds transactions by account and by nonce, also those of blocks that came after a search", async () => {
  expect(await hashes("ots_searchTransactionsBefore", account.address, 0)).toEqual([created, deployed]);
  expect(await hashes("ots_searchTransactionsAfter", factory, 0)).toEqual([created, deployed]);
  const { reader, wallet } = clients();
  const third = await wallet.sendTransaction({ to: factory, gas: 200_000n });
  await reader.waitForTransactionReceipt({ hash: third });
  expect(await hashes("ots_searchTransactionsBefore", factory, 0)).toEqual([third, created, deployed]);
  for (const [nonce, hash] of [deployed, created, third].entries()) {
    const found = await rpc(node.rpcUrl, "ots_getTransactionBySenderAndNonce", [account.address, nonce]);
    expect(found).toBe(hash);
  }
});

it("eth_config tells this chain's fork and the system contracts that its genesis has", async () => {
  const { current, next } = (await rpc(node.rpcUrl, "eth_config", [])) as {
    current: { systemContracts: Record<string, Address> };
    next: null;
  };
  expect(next).toBeNull();
  expect(Object.keys(current.systemContracts)).toEqual(["BEACON_ROOTS_ADDRESS", "HISTORY_STORAGE_ADDRESS"]);
});

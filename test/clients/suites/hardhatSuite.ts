import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import hardhatViem from "@nomicfoundation/hardhat-viem";
import { createHardhatRuntimeEnvironment } from "hardhat/hre";
import type { NetworkConnection } from "hardhat/types/network";
import { getAddress, parseEther, zeroAddress } from "viem";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CHAIN_ID, type ClientsNode, type FundedKey } from "../clientsNode.ts";
import { PROBE_SOURCE, probeAbi } from "../contracts/probe.ts";
import { caught } from "./caught.ts";

const SOLC = createRequire(import.meta.url).resolve("solc/soljson.js");

const SOURCE = "contracts/Probe.sol";
/** Even for a node elsewhere Hardhat loads its own, native code that npm installs for Node 22 and newer only. */
const RUNS = Number(process.versions.node.split(".")[0]) >= 22;
const NAME = RUNS ? "Hardhat 3" : `Hardhat 3 (skipped: it wants Node 22, this is ${process.versions.node})`;

/** Hardhat 3 and its viem plugin by their interface for programs. */
export function hardhatSuite(node: () => ClientsNode): void {
  describe.skipIf(!RUNS)(NAME, () => {
    let project: string;
    let key: FundedKey;
    let signing: NetworkConnection;
    let remote: NetworkConnection;

    beforeAll(async () => {
      key = await node().funded("hardhat");
      project = mkdtempSync(join(tmpdir(), "braid-hardhat-"));
      mkdirSync(join(project, "contracts"));
      writeFileSync(join(project, "package.json"), '{ "name": "probe", "type": "module" }');
      writeFileSync(join(project, SOURCE), PROBE_SOURCE);
      const network = { type: "http", url: node().rpcUrl, chainType: "l1" } as const;
      const hre = await createHardhatRuntimeEnvironment(
        {
          plugins: [hardhatViem],
          solidity: { compilers: [{ version: "0.8.37", path: SOLC, settings: { evmVersion: "cancun" } }] },
          networks: {
            signing: { ...network, accounts: [key.privateKey] },
            remote: { ...network, accounts: "remote" },
          },
        },
        {},
        project,
      );
      await hre.tasks.getTask("build").run({ quiet: true });
      signing = await hre.network.create("signing");
      remote = await hre.network.create("remote");
    }, 60_000);
    afterAll(async () => {
      await signing?.close();
      await remote?.close();
      rmSync(project, { recursive: true, force: true });
    });

    it("builds, deploys, writes, reads and finds events, signing by itself", async () => {
      const { viem } = signing;
      const reader = await viem.getPublicClient();
      expect(reader.chain.id).toBe(CHAIN_ID);
      const { address } = await viem.deployContract("Probe", ["hardhat"]);
      const probe = await viem.getContractAt("Probe", address);
      expect(await probe.read["name"]?.()).toBe("hardhat");
      const hash = await probe.write["deposit"]?.([], { value: parseEther("1") });
      const receipt = await reader.waitForTransactionReceipt({ hash: hash ?? "0x" });
      expect(receipt).toMatchObject({ status: "success", from: key.account.address.toLowerCase() });
      expect(await probe.read["held"]?.([key.account.address])).toBe(parseEther("1"));
      const events = await reader.getContractEvents({
        address,
        abi: probeAbi,
        eventName: "Moved",
        fromBlock: 0n,
      });
      expect(events).toMatchObject([{ transactionHash: hash, args: { to: key.account.address } }]);
    });

    it("names the errors of contracts and of the pool", async () => {
      const { viem, provider } = signing;
      const probe = await viem.deployContract("Probe", ["hardhat's errors"]);
      expect(await caught(probe.write["move"]?.([zeroAddress, 5n]) ?? Promise.resolve())).toMatchObject({
        message: expect.stringContaining(`NotEnough(address who, uint256 asked, uint256 has)`),
      });
      expect(await caught(probe.read["refuse"]?.() ?? Promise.resolve())).toMatchObject({
        message: expect.stringContaining("not today"),
      });
      const wish = { from: key.account.address, to: zeroAddress, value: "0x1", gas: "0x5208", nonce: "0x0" };
      expect(await caught(provider.request({ method: "eth_sendTransaction", params: [wish] }))).toMatchObject(
        {
          code: -32000,
          message: expect.stringContaining("nonce too low"),
        },
      );
      expect(await caught(provider.request({ method: "eth_nonsense" }))).toMatchObject({ code: -32601 });
    });

    it("deploys from the node's own accounts, and drives the chain by its test client", async () => {
      const { viem } = remote;
      const [first, second] = await viem.getWalletClients();
      if (first === undefined || second === undefined) throw new TypeError("the node has no accounts");
      const probe = await viem.deployContract("Probe", ["remote"], { client: { wallet: second } });
      const reader = await viem.getPublicClient();
      const hash = await probe.write["deposit"]?.([], { value: 3n });
      const sent = await reader.getTransaction({ hash: hash ?? "0x" });
      expect(getAddress(sent.from)).toBe(getAddress(second.account.address));
      const client = await viem.getTestClient();
      const snapshot = await client.snapshot();
      await client.setBalance({ address: zeroAddress, value: 5n });
      expect(await reader.getBalance({ address: zeroAddress })).toBe(5n);
      const before = await reader.getBlock();
      await client.increaseTime({ seconds: 100 });
      await client.mine({ blocks: 2 });
      const after = await reader.getBlock();
      expect(after.number).toBe(before.number + 2n);
      expect(after.timestamp).toBeGreaterThanOrEqual(before.timestamp + 100n);
      await client.revert({ id: snapshot });
      expect(await reader.getBlockNumber({ cacheTime: 0 })).toBe(before.number - 1n);
    });
  });
}

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Hex, zeroAddress } from "viem";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rpc } from "../../support/rpc.ts";
import { CHAIN_ID, type ClientsNode, type FundedKey } from "../clientsNode.ts";
import { PROBE_SOURCE } from "../contracts/probe.ts";
import { foundry } from "../foundry.ts";

const SOLC = fileURLToPath(new URL("../solcCommand.mjs", import.meta.url));

/** Foundry's cheat codes that the two programs use. */
const CHEATS = `
interface Vm {
  function startBroadcast() external;
  function stopBroadcast() external;
  function envAddress(string calldata) external returns (address);
  function expectRevert(bytes calldata) external;
  function prank(address) external;
}
Vm constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));`;

const SCRIPT = `// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;
import "../src/Probe.sol";
${CHEATS}
contract Fill {
  function run() external {
    vm.startBroadcast();
    Probe probe = new Probe("by script");
    probe.deposit{value: 5}();
    probe.move(address(0), 2);
    vm.stopBroadcast();
  }
}`;

const TEST = `// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;
import "../src/Probe.sol";
${CHEATS}
contract ForkTest {
  function test_readsTheChain() external {
    Probe probe = Probe(vm.envAddress("PROBE"));
    address holder = vm.envAddress("HOLDER");
    require(block.chainid == ${CHAIN_ID}, "chain id");
    require(keccak256(bytes(probe.name())) == keccak256("forge"), "name");
    require(probe.held(holder) == 9, "held");
    vm.expectRevert(abi.encodeWithSelector(Probe.NotEnough.selector, holder, 10, 9));
    vm.prank(holder);
    probe.move(address(0), 10);
    vm.prank(holder);
    probe.move(address(0), 4);
    require(probe.held(holder) == 5 && probe.held(address(0)) == 4, "moved");
  }
}`;

export function forgeSuite(node: () => ClientsNode): void {
  describe("forge", () => {
    let project: string;
    let key: FundedKey;
    const forge = (...args: string[]) => foundry("forge", args, project);

    beforeAll(async () => {
      key = await node().funded("forge");
      project = mkdtempSync(join(tmpdir(), "braid-forge-"));
      for (const folder of ["src", "script", "test"]) mkdirSync(join(project, folder));
      writeFileSync(join(project, "src/Probe.sol"), PROBE_SOURCE);
      writeFileSync(join(project, "script/Fill.s.sol"), SCRIPT);
      writeFileSync(join(project, "test/Fork.t.sol"), TEST);
      const settings = ["[profile.default]", `solc = ${JSON.stringify(SOLC)}`, 'evm_version = "cancun"'];
      writeFileSync(join(project, "foundry.toml"), `${settings.join("\n")}\noptimizer = true\n`);
    });
    afterAll(() => rmSync(project, { recursive: true, force: true }));

    it("deploys, and tests on a fork of the chain", async () => {
      const { rpcUrl } = node();
      const wallet = ["--rpc-url", rpcUrl, "--private-key", key.privateKey];
      const create = ["create", "src/Probe.sol:Probe", ...wallet, "--broadcast", "--json"];
      const deployed = JSON.parse(await forge(...create, "--constructor-args", "forge"));
      const receipt = await rpc(rpcUrl, "eth_getTransactionReceipt", [deployed.transactionHash]);
      expect(receipt).toMatchObject({ status: "0x1", contractAddress: deployed.deployedTo.toLowerCase() });
      await foundry("cast", ["send", deployed.deployedTo, "deposit()", "--value", "9", ...wallet]);
      process.env["PROBE"] = deployed.deployedTo;
      process.env["HOLDER"] = key.account.address;
      const tested = JSON.parse(await forge("test", "--fork-url", rpcUrl, "--json"));
      expect(tested["test/Fork.t.sol:ForkTest"].test_results).toMatchObject({
        "test_readsTheChain()": { status: "Success" },
      });
    });

    it("broadcasts a script of several transactions", async () => {
      const { rpcUrl } = node();
      const wallet = ["--rpc-url", rpcUrl, "--private-key", key.privateKey];
      const printed = await forge("script", "script/Fill.s.sol:Fill", ...wallet, "--broadcast", "--json");
      expect(printed).toContain("success");
      const record = JSON.parse(
        readFileSync(join(project, `broadcast/Fill.s.sol/${CHAIN_ID}/run-latest.json`), "utf8"),
      );
      const statuses = record.receipts.map((receipt: { status: Hex }) => receipt.status);
      expect(statuses).toEqual(["0x1", "0x1", "0x1"]);
      const probe: string = record.receipts[0].contractAddress;
      const held = await foundry("cast", [
        "call",
        probe,
        "held(address)(uint256)",
        zeroAddress,
        "--rpc-url",
        rpcUrl,
      ]);
      expect(held).toBe("2");
      expect(await rpc(rpcUrl, "eth_getBalance", [probe, "latest"])).toBe("0x5");
    });
  });
}

import { type Hex, parseEther, zeroAddress } from "viem";
import { beforeAll, describe, expect, it } from "vitest";
import { CHAIN_ID, type ClientsNode, type FundedKey, keyOf } from "../clientsNode.ts";
import { foundry } from "../foundry.ts";
import { rawProof } from "../proof.ts";
import { caught } from "./caught.ts";

interface CastReceipt {
  status: Hex;
  type: Hex;
  from: Hex;
  to: Hex | null;
  transactionHash: Hex;
  blockNumber: Hex;
  gasUsed: Hex;
  contractAddress: Hex | null;
  logs: { topics: Hex[]; data: Hex }[];
}

export function castSuite(node: () => ClientsNode): void {
  describe("cast", () => {
    let key: FundedKey;
    let address: string;
    const cast = (command: string, ...args: string[]) =>
      foundry("cast", [command, "--rpc-url", node().rpcUrl, ...args]);
    const json = async (command: string, ...args: string[]) =>
      JSON.parse(await cast(command, "--json", ...args));
    const send = (...args: string[]): Promise<CastReceipt> =>
      json("send", "--private-key", key.privateKey, ...args);

    beforeAll(async () => {
      key = await node().funded("cast");
      const signature = ["constructor(string)", "cast"];
      const deployed = await send("--create", node().probeBytecode, ...signature);
      address = String(deployed.contractAddress);
      await send(address, "deposit()", "--value", String(parseEther("1")));
    });

    it("reads the chain, balances, blocks and fees", async () => {
      expect(await cast("chain-id")).toBe(String(CHAIN_ID));
      expect(BigInt(await cast("balance", address))).toBe(parseEther("1"));
      expect(BigInt(await cast("gas-price"))).toBeGreaterThan(0n);
      expect(BigInt(await cast("base-fee"))).toBeGreaterThan(0n);
      expect(Number(await cast("nonce", key.account.address))).toBe(2);
      const block = await json("block", "latest", "--full");
      expect(block.transactions[0]).toMatchObject({ blockHash: block.hash, chainId: "0x1cbd" });
      expect(await cast("code", address)).toMatch(/^0x60/);
      expect(await cast("client")).toMatch(/^braid/i);
    });

    it("sends types 0, 1, 2 and 4, and reads back what it sent", async () => {
      const list = JSON.stringify([{ address, storageKeys: [`0x${"0".repeat(63)}1`] }]);
      const kinds: [Hex, string[]][] = [
        ["0x0", ["--legacy"]],
        ["0x1", ["--legacy", "--access-list", list]],
        ["0x2", ["--access-list", list]],
      ];
      for (const [type, flags] of kinds) {
        const receipt = await send(address, "deposit()", "--value", "5", ...flags);
        expect(receipt).toMatchObject({ status: "0x1", to: address });
        const read = await json("tx", receipt.transactionHash);
        expect(read).toMatchObject({ type, value: "0x5", hash: receipt.transactionHash });
        expect(await json("receipt", receipt.transactionHash)).toMatchObject({ type: receipt.type });
      }
      const owner = keyOf("cast delegates");
      const signing = ["sign-auth", address, "--private-key", owner.privateKey, "--rpc-url", node().rpcUrl];
      const signed = await foundry("cast", ["wallet", ...signing]);
      const delegated = await send(owner.account.address, "deposit()", "--auth", signed, "--value", "7");
      expect(delegated).toMatchObject({ status: "0x1", type: "0x4" });
      expect(await cast("code", owner.account.address)).toBe(`0xef0100${address.slice(2).toLowerCase()}`);
      expect(BigInt(await cast("storage", owner.account.address, "1"))).toBe(7n);
    });

    it("keeps several pending, and finds them", async () => {
      const nonce = Number(await cast("nonce", key.account.address));
      const sent = await Promise.all(
        [3, 2, 1, 0].map((later) =>
          cast(
            ...["send", zeroAddress, "--value", "1", "--private-key", key.privateKey],
            ...["--nonce", String(nonce + later), "--async", "--gas-limit", "21000"],
          ),
        ),
      );
      for (const hash of sent) expect(await json("receipt", hash)).toMatchObject({ status: "0x1" });
    });

    it("calls, estimates, lists, proves, finds logs", async () => {
      expect(await cast("call", address, "name()(string)")).toBe('"cast"');
      const before = await cast("block-number");
      const move = ["move(address,uint256)", zeroAddress, "3"];
      const from = ["--from", key.account.address];
      const gas = BigInt(await cast("estimate", address, ...move, ...from));
      const list = await json("access-list", address, ...move, ...from);
      expect(list.accessList[0].storageKeys).toHaveLength(2);
      const receipt = await send(address, ...move, "--gas-limit", String(gas));
      expect(BigInt(receipt.gasUsed)).toBeLessThanOrEqual(gas);
      const held = ["held(address)(uint256)", zeroAddress];
      expect(await cast("call", address, ...held)).toBe("3");
      expect(await cast("call", address, ...held, "--block", before)).toBe("0");
      const event = "Moved(address indexed,address indexed,uint256)";
      const logs = await json("logs", "--from-block", before, "--address", address, event);
      expect(logs).toMatchObject([{ ...receipt.logs[0], transactionHash: receipt.transactionHash }]);
      const slot = `0x${"0".repeat(63)}1`;
      const block = await json("block", "latest");
      const proof = await json("proof", address, slot, "--block", String(BigInt(block.number)));
      expect(await rawProof(block.stateRoot, proof)).toBeUndefined();
    });

    it("tells the errors of contracts and of the pool", async () => {
      const most = String(parseEther("9"));
      const message = async (attempt: Promise<unknown>) => (await caught(attempt)) as { stderr: string };
      const call = await message(cast("call", address, "move(address,uint256)", zeroAddress, most));
      const data = /error code 3: execution reverted, data: "(0x[0-9a-f]+)"/.exec(call.stderr)?.[1];
      const signature = "NotEnough(address,uint256,uint256)";
      const decoded = await foundry("cast", ["decode-error", "--sig", signature, String(data)]);
      expect(decoded.split("\n")).toEqual([
        zeroAddress,
        expect.stringMatching(new RegExp(`^${most} `)),
        expect.stringMatching(/^\d/),
      ]);
      expect(await message(cast("call", address, "refuse()"))).toMatchObject({
        stderr: expect.stringMatching(/execution reverted: not today/),
      });
      const wish = [zeroAddress, "--value", "1", "--gas-limit", "21000"];
      const poor = ["--private-key", keyOf("cast owns nothing").privateKey];
      expect(await message(cast("send", ...wish, ...poor))).toMatchObject({
        stderr: expect.stringMatching(/insufficient funds for gas \* price \+ value/),
      });
      expect(await message(send(...wish, "--nonce", "0"))).toMatchObject({
        stderr: expect.stringMatching(/nonce too low/),
      });
    });

    it("runs a mined transaction again from the state that the node serves", async () => {
      const { transactionHash } = await send(address, "move(address,uint256)", zeroAddress, "2");
      expect(await cast("run", transactionHash)).toMatch(/Transaction successfully executed/);
      const trace = JSON.parse(
        await cast("rpc", "debug_traceTransaction", transactionHash, '{"tracer":"callTracer"}'),
      );
      expect(trace).toMatchObject({ type: "CALL", to: address.toLowerCase() });
    });
  });
}

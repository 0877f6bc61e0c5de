import { concat, encodeFunctionData, parseEther, parseEventLogs, zeroAddress } from "viem";
import { expect, it } from "vitest";
import { CHAIN_ID, type ClientsNode, keyOf } from "../clientsNode.ts";
import { published } from "../contracts/published.ts";
import { caught } from "./caught.ts";
import { createDeployer } from "./deployer.ts";

const SAFE_TX = [
  { name: "to", type: "address" },
  { name: "value", type: "uint256" },
  { name: "data", type: "bytes" },
  { name: "operation", type: "uint8" },
  { name: "safeTxGas", type: "uint256" },
  { name: "baseGas", type: "uint256" },
  { name: "gasPrice", type: "uint256" },
  { name: "gasToken", type: "address" },
  { name: "refundReceiver", type: "address" },
  { name: "nonce", type: "uint256" },
] as const;

export function safeSuite(node: () => ClientsNode): void {
  it("Safe: a proxy of three owners pays with two signatures, and not with one", async () => {
    const user = await createDeployer(node(), "safe");
    const owners = ["first", "second", "third"]
      .map((name) => keyOf(`safe's ${name} owner`).account)
      .toSorted((a, b) => (a.address.toLowerCase() < b.address.toLowerCase() ? -1 : 1));
    const singleton = await user.deploy(published("safe"));
    const factory = await user.deploy(published("safeProxyFactory"));
    const addresses = owners.map(({ address }) => address);
    const setup = [addresses, 2n, zeroAddress, "0x", zeroAddress, zeroAddress, 0n, zeroAddress];
    const initializer = encodeFunctionData({ abi: singleton.abi, functionName: "setup", args: setup });
    const created = await factory.write("createProxyWithNonce", [singleton.address, initializer, 7n]);
    const events = {
      abi: factory.abi,
      logs: created.logs,
      eventName: "ProxyCreation",
      strict: true,
    } as const;
    const [event] = parseEventLogs(events) as unknown as { args: { proxy: `0x${string}` } }[];
    if (event === undefined) throw new TypeError("no proxy was created");
    const safe = user.at(event.args.proxy, singleton.abi);
    await user.send({ to: safe.address, data: "0x", value: parseEther("3") });
    expect(await safe.read("getThreshold")).toBe(2n);
    const payee = keyOf("safe's payee").account.address;
    const message = {
      to: payee,
      value: parseEther("2"),
      data: "0x",
      operation: 0,
      safeTxGas: 0n,
      baseGas: 0n,
      gasPrice: 0n,
      gasToken: zeroAddress,
      refundReceiver: zeroAddress,
      nonce: 0n,
    } as const;
    const typed = {
      domain: { chainId: CHAIN_ID, verifyingContract: safe.address },
      types: { SafeTx: SAFE_TX },
      primaryType: "SafeTx",
      message,
    } as const;
    const signatures = await Promise.all(owners.slice(0, 2).map((owner) => owner.signTypedData(typed)));
    const { nonce: _, ...fields } = message;
    const execute = (signed: typeof signatures) =>
      safe.write("execTransaction", [...Object.values(fields), concat(signed)]);
    expect(await caught(execute(signatures.slice(0, 1)))).toMatchObject({
      message: expect.stringContaining("GS020"),
    });
    const executed = await execute(signatures);
    expect(parseEventLogs({ abi: safe.abi, logs: executed.logs })).toMatchObject([
      { eventName: "ExecutionSuccess" },
    ]);
    expect(await user.reader.getBalance({ address: payee })).toBe(parseEther("2"));
    expect(await safe.read("nonce")).toBe(1n);
  });
}

import {
  concat,
  encodeFunctionData,
  type Hex,
  pad,
  parseEther,
  parseEventLogs,
  parseGwei,
  toHex,
} from "viem";
import { getUserOperationHash } from "viem/account-abstraction";
import { expect, it } from "vitest";
import { CHAIN_ID, type ClientsNode, keyOf } from "../clientsNode.ts";
import { published } from "../contracts/published.ts";
import { caught } from "./caught.ts";
import { createDeployer } from "./deployer.ts";

const halves = (high: bigint, low: bigint): Hex =>
  concat([pad(toHex(high), { size: 16 }), pad(toHex(low), { size: 16 })]);

export function userOperationSuite(node: () => ClientsNode): void {
  it("ERC-4337: a user operation creates its account, pays for itself, and is refused when signed by another", async () => {
    const bundler = await createDeployer(node(), "bundler");
    const owner = keyOf("smart account's owner").account;
    const payee = keyOf("smart account's payee").account.address;
    const entryPoint = await bundler.deploy(published("entryPoint"));
    const factory = await bundler.deploy(published("accountFactory"), [entryPoint.address]);
    const sender = (await factory.read("getAddress", [owner.address, 1n])) as Hex;
    await bundler.send({ to: sender, data: "0x", value: parseEther("1") });
    const { abi: accountAbi } = published("account");
    const factoryData = encodeFunctionData({
      abi: factory.abi,
      functionName: "createAccount",
      args: [owner.address, 1n],
    });
    const callData = encodeFunctionData({
      abi: accountAbi,
      functionName: "execute",
      args: [payee, parseEther("0.25"), "0x"],
    });
    const limits = { verificationGasLimit: 1_000_000n, callGasLimit: 200_000n, preVerificationGas: 60_000n };
    const fees = { maxFeePerGas: parseGwei("3"), maxPriorityFeePerGas: parseGwei("1") };
    const wish = {
      ...{ sender, nonce: 0n, factory: factory.address, factoryData, callData, ...limits, ...fees },
      signature: "0x",
    } as const;
    const hash = getUserOperationHash({
      chainId: CHAIN_ID,
      entryPointAddress: entryPoint.address,
      entryPointVersion: "0.8",
      userOperation: wish,
    });
    const packed = {
      sender,
      nonce: 0n,
      initCode: concat([factory.address, factoryData]),
      callData,
      accountGasLimits: halves(limits.verificationGasLimit, limits.callGasLimit),
      preVerificationGas: limits.preVerificationGas,
      gasFees: halves(fees.maxPriorityFeePerGas, fees.maxFeePerGas),
      paymasterAndData: "0x",
    };
    expect(await entryPoint.read("getUserOpHash", [{ ...packed, signature: "0x" }])).toBe(hash);
    const operations = async (signer: typeof owner) => [
      [{ ...packed, signature: await signer.sign({ hash }) }],
      bundler.account.address,
    ];
    const { address, abi } = entryPoint;
    const forged = bundler.reader.simulateContract({
      ...{ address, abi, account: bundler.account, functionName: "handleOps" },
      args: await operations(bundler.account),
    });
    expect(await caught(forged)).toMatchObject({
      cause: { data: { errorName: "FailedOp", args: [0n, "AA24 signature error"] } },
    });
    const receipt = await entryPoint.write("handleOps", await operations(owner));
    const [event] = parseEventLogs({
      abi: entryPoint.abi,
      logs: receipt.logs,
      eventName: "UserOperationEvent",
    });
    expect(event).toMatchObject({ args: { userOpHash: hash, sender, success: true, nonce: 0n } });
    expect(await bundler.reader.getBalance({ address: payee })).toBe(parseEther("0.25"));
    expect(await bundler.reader.getCode({ address: sender })).toMatch(/^0x60/);
  });
}

import {
  BaseError,
  ChainDoesNotSupportContract,
  ContractFunctionRevertedError,
  createWalletClient,
  ExecutionRevertedError,
  FeeCapTooLowError,
  http,
  InsufficientFundsError,
  IntrinsicGasTooLowError,
  MethodNotFoundRpcError,
  NonceTooLowError,
  parseEther,
  parseGwei,
  TransactionNotFoundError,
  TransactionReceiptNotFoundError,
  zeroHash,
} from "viem";
import { beforeAll, describe, expect, it } from "vitest";
import { type ClientsNode, keyOf } from "../../clientsNode.ts";
import { caught } from "../caught.ts";
import { type ViemProbe, viemProbe } from "./viemProbe.ts";

type ErrorClass = abstract new (...args: never[]) => Error;

/** What `attempt` was refused with holds an error of that class. */
async function refused(attempt: Promise<unknown>, kind: ErrorClass): Promise<Error> {
  const error = await caught(attempt);
  if (!(error instanceof BaseError)) throw error;
  const found = error.walk((cause) => cause instanceof kind);
  if (!(found instanceof kind)) throw error;
  return found;
}

export function viemErrors(node: () => ClientsNode): void {
  describe("errors", () => {
    let world: ViemProbe;
    beforeAll(async () => {
      world = await viemProbe(node(), "viem errors");
    });

    it("a custom error, a reason and a panic, in calls and in estimates", async () => {
      const { reader, probe, account, address } = world;
      const asked = parseEther("9");
      const call = { address, abi: probe.abi, account } as const;
      const move = { ...call, functionName: "move", args: [account.address, asked] } as const;
      for (const attempt of [reader.simulateContract(move), reader.estimateContractGas(move)]) {
        const error = await refused(attempt, ContractFunctionRevertedError);
        expect(error).toMatchObject({
          data: { errorName: "NotEnough", args: [account.address, asked, parseEther("1")] },
        });
      }
      const reason = await refused(probe.read.refuse(), ContractFunctionRevertedError);
      expect(reason).toMatchObject({ reason: "not today" });
      const panic = await refused(probe.read.overflow([1n]), ContractFunctionRevertedError);
      expect(panic).toMatchObject({ data: { errorName: "Panic", args: [17n] } });
      await refused(reader.estimateGas({ account, to: address, data: "0xdeadbeef" }), ExecutionRevertedError);
    });

    it("what the pool refuses, by its class", async () => {
      const { wallet, account, mined } = world;
      const poor = keyOf("viem owns nothing").account;
      const fees = { maxFeePerGas: parseGwei("2"), maxPriorityFeePerGas: parseGwei("1") };
      const own = createWalletClient({ account: poor, chain: wallet.chain, transport: http(node().rpcUrl) });
      const wish = { to: account.address, gas: 21_000n, ...fees };
      await refused(own.sendTransaction({ ...wish, value: 1n, nonce: 0 }), InsufficientFundsError);
      await refused(wallet.sendTransaction({ ...wish, nonce: 0 }), NonceTooLowError);
      await refused(wallet.sendTransaction({ ...wish, gas: 20_999n }), IntrinsicGasTooLowError);
      const low = { maxFeePerGas: 1n, maxPriorityFeePerGas: 0n };
      const base = { account, to: account.address, ...low };
      await refused(world.reader.call(base), FeeCapTooLowError);
      const nonce = await world.reader.getTransactionCount({ address: account.address });
      const old = await wallet.sendTransaction({ ...wish, nonce: nonce + 1 });
      const error = await caught(wallet.sendTransaction({ ...wish, value: 1n, nonce: nonce + 1 }));
      expect(error).toMatchObject({ details: "replacement transaction underpriced" });
      const again = await caught(wallet.sendTransaction({ ...wish, nonce: nonce + 1 }));
      expect(again).toMatchObject({ details: "already known" });
      await mined(await wallet.sendTransaction({ ...wish, nonce }));
      await mined(old);
    });

    it("what is not there, and names without a registry", async () => {
      const { reader } = world;
      await refused(reader.getTransaction({ hash: zeroHash }), TransactionNotFoundError);
      await refused(reader.getTransactionReceipt({ hash: zeroHash }), TransactionReceiptNotFoundError);
      await refused(reader.getBlock({ blockNumber: 10n ** 9n }), BaseError);
      const unknown = reader.request({ method: "eth_nonsense" as never });
      await refused(unknown, MethodNotFoundRpcError);
      expect(await caught(reader.getEnsAddress({ name: "braid.eth" }))).toMatchObject({
        message: expect.stringMatching(/does not support contract|universal resolver/i),
      });
      expect(ChainDoesNotSupportContract).toBeTypeOf("function");
    });
  });
}

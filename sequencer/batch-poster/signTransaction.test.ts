import { encodeFunctionData } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { expect, test } from "vitest";
import { rollupAbi } from "../../contracts/index.ts";
import { bytesToHex, hexToBytes } from "../../protocol/index.ts";
import { commitCalldata } from "./commitCalldata.ts";
import { signTransaction } from "./signTransaction.ts";

const KEY = `0x${"5a".repeat(32)}` as const;
const TO = `0x${"ab".repeat(20)}` as const;

function header(number: number) {
  const word = (fill: number) => new Uint8Array(32).fill(fill);
  return {
    number,
    previousHash: word(1),
    firstBlock: 300,
    lastBlock: 70_000,
    postStateRoot: word(2),
    lastBlockHash: word(3),
  };
}

test.each([1, 31, 32, 33, 100_000])(
  "encodes %i bytes as the ABI does and signs as viem does",
  async (length) => {
    const data = Uint8Array.from({ length }, (_, index) => (index * 31 + 7) % 256);
    const batch = header(length);
    const expectedCall = encodeFunctionData({
      abi: rollupAbi,
      functionName: "commitBatch",
      args: [
        {
          number: BigInt(batch.number),
          previousHash: bytesToHex(batch.previousHash),
          firstBlock: 300n,
          lastBlock: 70_000n,
          postStateRoot: bytesToHex(batch.postStateRoot),
          lastBlockHash: bytesToHex(batch.lastBlockHash),
        },
        bytesToHex(data),
      ],
    });
    const calldata = commitCalldata(batch, data);
    expect(bytesToHex(calldata)).toBe(expectedCall);
    const fees = { maxFeePerGas: 2_000_000_007n, maxPriorityFeePerGas: 1n };
    for (const nonce of [0, 1, 300]) {
      const signed = signTransaction(
        { chainId: 31337, nonce, gasLimit: 5_000_000n, to: hexToBytes(TO), data: calldata, ...fees },
        hexToBytes(KEY),
      );
      expect(bytesToHex(signed)).toBe(
        await privateKeyToAccount(KEY).signTransaction({
          type: "eip1559",
          chainId: 31337,
          nonce,
          gas: 5_000_000n,
          to: TO,
          data: expectedCall,
          ...fees,
        }),
      );
    }
  },
);

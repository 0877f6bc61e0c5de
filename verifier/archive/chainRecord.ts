import { ByteReader, ByteWriter, bigIntToBytes, bytesToBigInt } from "../../protocol/index.ts";
import type { VerifiedChain } from "../types.ts";

export const CHAIN_KEY = Buffer.from("chain");
const WHAT = "archived chain";

export function encodeChain({ config, l1ChainId, rollup, deployedAtBlock }: VerifiedChain): Uint8Array {
  const writer = new ByteWriter(128);
  for (const number of [config.chainId, l1ChainId, deployedAtBlock]) writer.varint(number);
  for (const address of [config.feeRecipient, rollup]) writer.bytes(address);
  for (const value of [
    config.gasLimit,
    config.baseFeeFloor,
    config.baseFeeElasticity,
    config.baseFeeChangeDenominator,
  ]) {
    writer.word(bigIntToBytes(value));
  }
  return writer.finish();
}

export function decodeChain(bytes: Uint8Array | undefined): VerifiedChain | undefined {
  if (bytes === undefined) return undefined;
  const reader = new ByteReader(bytes);
  const number = () => reader.varint(WHAT);
  const value = () => bytesToBigInt(reader.word(WHAT));
  const [chainId, l1ChainId, deployedAtBlock] = [number(), number(), number()];
  const [feeRecipient, rollup] = [reader.bytes(20, WHAT), reader.bytes(20, WHAT)];
  return {
    config: {
      chainId,
      feeRecipient,
      gasLimit: value(),
      baseFeeFloor: value(),
      baseFeeElasticity: value(),
      baseFeeChangeDenominator: value(),
    },
    l1ChainId,
    rollup,
    deployedAtBlock,
  };
}

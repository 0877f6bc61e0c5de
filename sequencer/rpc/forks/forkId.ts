import { crc32 } from "node:zlib";
import type { ForkConfig } from "./forkConfig.ts";

/**
 * EIP-2124 and EIP-6122: CRC-32 of the genesis hash and of every fork that has passed, blocks before times, each once,
 * those at genesis left out. 4 bytes.
 */
export function forkId(
  { blockForks, timeForks }: Pick<ForkConfig, "blockForks" | "timeForks">,
  genesis: { hash: Uint8Array; timestamp: number },
  time: number,
): Uint8Array {
  const times = new Set(
    timeForks.map((fork) => fork.time).filter((at) => at > genesis.timestamp && at <= time),
  );
  let checksum = crc32(genesis.hash);
  for (const fork of [...blockForks, ...[...times].sort((a, b) => a - b)]) {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64BE(BigInt(fork));
    checksum = crc32(bytes, checksum);
  }
  const id = Buffer.alloc(4);
  id.writeUInt32BE(checksum);
  return new Uint8Array(id);
}

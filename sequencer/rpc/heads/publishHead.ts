import type { Redis } from "ioredis";
import { bytesToHex } from "../../../protocol/index.ts";
import { encodeHeadMessage, HEADS_CHANNEL } from "./headMessage.ts";

export interface PublishedHead {
  number: number;
  /** 32 bytes. */
  hash: Uint8Array;
  safe: number;
  finalized: number;
}

/** Tells every RPC process of a head. Called after the block is durable; a lost message is made good by the receiver. */
export async function publishHead(redis: Pick<Redis, "publish">, head: PublishedHead): Promise<void> {
  await redis.publish(HEADS_CHANNEL, encodeHeadMessage({ ...head, hash: bytesToHex(head.hash) }));
}

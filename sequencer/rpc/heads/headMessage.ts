import { z } from "zod";

/** Redis pub/sub channel on which the sequencer tells its RPC processes of each durable block. */
export const HEADS_CHANNEL = "braid:heads";

const schema = z.object({
  number: z.int().min(0),
  hash: z.string().regex(/^0x[0-9a-f]{64}$/),
  safe: z.int().min(0),
  finalized: z.int().min(0),
});

/** What is published for a head: the latest block, and the numbers of the last safe and finalized ones. */
export type HeadMessage = z.infer<typeof schema>;

/** Undefined when the text is no head message. */
export function decodeHeadMessage(text: string): HeadMessage | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

export function encodeHeadMessage(message: HeadMessage): string {
  return JSON.stringify(message);
}

/**
 * A signer behind `eth_signTransaction` over HTTP, as key management services and hardware modules offer it.
 *
 * The answer is not believed: the signature in it must recover, over the hash of what *we* asked to be signed, to the
 * account. So a signer that changes any field is found out. Blobs stay here: it gets their versioned hashes, which are
 * all that is signed of them.
 */
import { parseTransaction, type TransactionSerialized, type Hex as ViemHex } from "viem";
import { z } from "zod";
import {
  bytesToHex,
  DecodeError,
  type Hex,
  hexToBytes,
  keccak256,
  recoverPublicKey,
} from "../../protocol/index.ts";
import { SignerError } from "./l1Error.ts";
import type { L1Signer, UnsignedTransaction } from "./types.ts";

export interface RemoteSignerOptions {
  url: string;
  address: Hex;
  /** Default 10,000. */
  timeoutMs?: number;
}

const hex = z.templateLiteral(["0x", z.string().regex(/^([0-9a-fA-F]{2})+$/)]);
/** geth answers with an object, others with the raw transaction alone. */
const answerSchema = z.union([
  z.object({ result: z.union([hex, z.object({ raw: hex }).transform(({ raw }) => raw)]) }),
  z.object({ error: z.object({ message: z.string() }) }),
]);

export function remoteSigner({ url, address, timeoutMs = 10_000 }: RemoteSignerOptions): L1Signer {
  return {
    address,
    async sign(transaction, signingHash) {
      const raw = await request(url, toJson(address, transaction), timeoutMs);
      const signature = signatureOf(raw);
      const signer = recovered(signature, signingHash);
      if (signer?.toLowerCase() !== address.toLowerCase()) {
        throw new SignerError(
          `its signature is not ${address}'s over the transaction that was asked for (${signer ?? "no account"}'s)`,
        );
      }
      return signature;
    },
  };
}

async function request(url: string, transaction: object, timeoutMs: number): Promise<ViemHex> {
  let answer: unknown;
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "eth_signTransaction", params: [transaction] }),
      signal: AbortSignal.timeout(timeoutMs),
    });
    answer = await response.json();
  } catch (error) {
    throw new SignerError(error instanceof Error ? error.message : "no answer", error);
  }
  const parsed = answerSchema.safeParse(answer);
  if (!parsed.success) throw new SignerError("its answer is no signed transaction");
  if ("error" in parsed.data) throw new SignerError(parsed.data.error.message.slice(0, 200));
  return parsed.data.result;
}

function toJson(from: Hex, transaction: UnsignedTransaction): object {
  const { fees, versionedHashes } = transaction;
  const quantity = (value: bigint | number) => `0x${value.toString(16)}`;
  const json = {
    type: versionedHashes === undefined ? "0x2" : "0x3",
    from,
    to: bytesToHex(transaction.to),
    chainId: quantity(transaction.chainId),
    nonce: quantity(transaction.nonce),
    gas: quantity(transaction.gasLimit),
    maxFeePerGas: quantity(fees.maxFeePerGas),
    maxPriorityFeePerGas: quantity(fees.maxPriorityFeePerGas),
    value: "0x0",
    input: bytesToHex(transaction.calldata),
    data: bytesToHex(transaction.calldata),
    accessList: [],
  };
  if (versionedHashes === undefined) return json;
  return {
    ...json,
    maxFeePerBlobGas: quantity(fees.maxFeePerBlobGas),
    blobVersionedHashes: versionedHashes.map(bytesToHex),
  };
}

function signatureOf(raw: ViemHex): Uint8Array {
  try {
    const { r, s, yParity } = parseTransaction(raw as TransactionSerialized);
    if (r === undefined || s === undefined || yParity === undefined) throw new DecodeError("no signature");
    const signature = new Uint8Array(65);
    signature.set(padded(r), 0);
    signature.set(padded(s), 32);
    signature[64] = yParity;
    return signature;
  } catch (error) {
    throw new SignerError("its answer is no signed transaction", error);
  }
}

function padded(value: ViemHex): Uint8Array {
  return hexToBytes(`0x${value.slice(2).padStart(64, "0")}`);
}

function recovered(signature: Uint8Array, hash: Uint8Array): Hex | undefined {
  const parity = signature[64] === 1 ? 1 : 0;
  try {
    return bytesToHex(keccak256(recoverPublicKey(hash, signature.subarray(0, 64), parity)).subarray(12));
  } catch (error) {
    if (error instanceof Error) return undefined;
    throw error;
  }
}

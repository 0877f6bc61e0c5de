import { z } from "zod";
import { buildPayload, type EthereumForks, type Payload, type StateStore } from "../../executor/index.ts";
import { bytesToHex, decodeTransaction, EMPTY_BYTES, type Transaction } from "../../protocol/index.ts";
import { quantity } from "../rpc/format/quantity.ts";
import { defineMethod, type RpcMethod } from "../rpc/json-rpc/method.ts";
import { serverError } from "../rpc/json-rpc/rpcError.ts";
import { address, bytes, hash, quantity as quantityParam, smallQuantity } from "../rpc/schema/hex.ts";
import { withoutBlobs } from "./blobEnvelope.ts";
import type { HeldTransactions } from "./heldTransactions.ts";

const withdrawal = z.object({
  index: quantityParam(64),
  validatorIndex: quantityParam(64),
  address: address(),
  amount: quantityParam(64),
});

const attributes = z.object({
  timestamp: smallQuantity("timestamp"),
  prevRandao: hash("prevRandao"),
  suggestedFeeRecipient: address(),
  withdrawals: z.array(withdrawal).nullish(),
  parentBeaconBlockRoot: hash("parentBeaconBlockRoot").optional(),
});

/** Builds on an imported chain and keeps nothing: no part of a node that others can reach. */
export function buildBlockMethod(parts: {
  forks: EthereumForks;
  store: StateStore;
  pool: Pick<HeldTransactions, "all">;
}): RpcMethod {
  return defineMethod({
    name: "testing_buildBlockV1",
    summary: "The block that would follow a given one; the chain stays as it is",
    params: z.tuple([
      hash("parentBlockHash"),
      attributes.describe("payloadAttributes"),
      z.array(bytes()).nullable().optional().describe("transactions"),
      bytes().describe("extraData").optional(),
    ]),
    handler: async (context, [parentHash, given, raw, extraData]) => {
      const parent = await context.blocks.byHash(parentHash);
      if (parent === undefined) throw serverError("unknown parent");
      const before = (await context.blockHashes?.(parent.header)) ?? new Map<number, Uint8Array>();
      const sent = raw?.map(decode);
      const payload = await buildPayload({
        forks: parts.forks,
        store: parts.store,
        parent,
        blockHashes: new Map([...before, [parent.header.number, parent.hash]]),
        attributes: {
          timestamp: given.timestamp,
          prevRandao: given.prevRandao,
          suggestedFeeRecipient: given.suggestedFeeRecipient,
          withdrawals: given.withdrawals ?? [],
          parentBeaconBlockRoot: given.parentBeaconBlockRoot,
          extraData: extraData ?? EMPTY_BYTES,
        },
        transactions: sent ?? parts.pool.all(),
        skipInvalid: sent === undefined,
      });
      return formatPayload(payload);
    },
  });
}

function decode(raw: Uint8Array): Transaction {
  return decodeTransaction(withoutBlobs(raw), { ethereum: true });
}

function formatPayload({ block, value, requests }: Payload) {
  const { header } = block;
  return {
    executionPayload: {
      parentHash: bytesToHex(header.parentHash),
      feeRecipient: bytesToHex(header.coinbase),
      stateRoot: bytesToHex(header.stateRoot),
      receiptsRoot: bytesToHex(header.receiptsRoot),
      logsBloom: bytesToHex(header.logsBloom),
      prevRandao: bytesToHex(header.prevRandao),
      blockNumber: quantity(header.number),
      gasLimit: quantity(header.gasLimit),
      gasUsed: quantity(header.gasUsed),
      timestamp: quantity(header.timestamp),
      extraData: bytesToHex(header.extraData),
      baseFeePerGas: quantity(header.baseFeePerGas),
      blockHash: bytesToHex(block.hash),
      transactions: block.transactions.map((transaction) => bytesToHex(transaction.raw)),
      withdrawals: (block.ethereum?.withdrawals ?? []).map((one) => ({
        index: quantity(one.index),
        validatorIndex: quantity(one.validatorIndex),
        address: bytesToHex(one.address),
        amount: quantity(one.amount),
      })),
      blobGasUsed: quantity(header.ethereum?.blobGasUsed ?? 0),
      excessBlobGas: quantity(header.ethereum?.excessBlobGas ?? 0),
    },
    blockValue: quantity(value),
    // Blobs are not held: a blob transaction is built in without them.
    blobsBundle: { commitments: [], proofs: [], blobs: [] },
    executionRequests: requests.map(bytesToHex),
    shouldOverrideBuilder: false,
  };
}

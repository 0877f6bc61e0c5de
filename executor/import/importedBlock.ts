import type { Block as VmBlock, BlockHeader as VmHeader } from "@ethereumjs/block";
import { Hardfork } from "@ethereumjs/common";
import { RLP } from "@ethereumjs/rlp";
import type { TypedTransaction } from "@ethereumjs/tx";
import type { RunTxResult } from "@ethereumjs/vm";
import {
  type Block,
  type BlockHeader,
  contractAddress,
  decodeTransaction,
  type EthereumHeader,
  effectiveTip,
  type Receipt,
  type Transaction,
} from "../../protocol/index.ts";

const ZERO_WORD = new Uint8Array(32);
/** EIP-1559: of the first block that has one. */
const INITIAL_BASE_FEE = 1_000_000_000n;

/** The header as Braid's parts read it, with all that its own chain has beside; `next` is for blocks of the chain. */
export function toHeader(header: VmHeader, next?: EthereumHeader["next"]): BlockHeader {
  return {
    parentHash: header.parentHash,
    coinbase: header.coinbase.bytes,
    stateRoot: header.stateRoot,
    transactionsRoot: header.transactionsTrie,
    receiptsRoot: header.receiptTrie,
    logsBloom: header.logsBloom,
    number: Number(header.number),
    gasLimit: header.gasLimit,
    gasUsed: header.gasUsed,
    timestamp: Number(header.timestamp),
    extraData: header.extraData,
    prevRandao: header.mixHash,
    baseFeePerGas: header.baseFeePerGas ?? 0n,
    parentBeaconBlockRoot: header.parentBeaconBlockRoot ?? ZERO_WORD,
    ethereum: { ...ethereumPart(header), ...(next === undefined ? {} : { next }) },
  };
}

function ethereumPart(header: VmHeader): EthereumHeader {
  const { baseFeePerGas, withdrawalsRoot, blobGasUsed, excessBlobGas } = header;
  const { parentBeaconBlockRoot, requestsHash } = header;
  return {
    raw: RLP.encode(header.raw()),
    sha3Uncles: header.uncleHash,
    difficulty: header.difficulty,
    mixHash: header.mixHash,
    nonce: header.nonce,
    ...(baseFeePerGas === undefined ? {} : { baseFeePerGas }),
    ...(withdrawalsRoot === undefined ? {} : { withdrawalsRoot }),
    ...(blobGasUsed === undefined ? {} : { blobGasUsed }),
    ...(excessBlobGas === undefined ? {} : blobPart(header, excessBlobGas)),
    ...(parentBeaconBlockRoot === undefined ? {} : { parentBeaconBlockRoot }),
    ...(requestsHash === undefined ? {} : { requestsHash }),
  };
}

function blobPart(header: VmHeader, excessBlobGas: bigint) {
  const maxBlobGas = header.common.getBlobGasSchedule().maxBlobGasPerBlock;
  return { excessBlobGas, blobGasPrice: header.getBlobGasPrice(), maxBlobGas };
}

/** What gas of a next block would cost, were it of the same time (geth's `eth_feeHistory`). */
function nextPrices(header: VmHeader): EthereumHeader["next"] {
  const { common } = header;
  const london = common.hardforkIsActiveOnBlock(Hardfork.London, header.number + 1n);
  const initial = header.baseFeePerGas === undefined;
  return {
    baseFeePerGas: !london ? 0n : initial ? INITIAL_BASE_FEE : header.calcNextBaseFee(),
    blobGasPrice: header.excessBlobGas === undefined ? 0n : header.calcNextBlobGasPrice(common),
  };
}

/** `results[i]` is how `block.transactions[i]` ran. `raw`: RLP of the block. */
export function toBlock(block: VmBlock, raw: Uint8Array, results: readonly RunTxResult[]): Block {
  const header = toHeader(block.header, nextPrices(block.header));
  const transactions = block.transactions.map(toTransaction);
  return {
    header,
    hash: block.hash(),
    size: raw.length,
    transactions,
    receipts: results.flatMap((result, index) => {
      const transaction = transactions[index];
      return transaction === undefined ? [] : [toReceipt(transaction, result, header)];
    }),
    ethereum: {
      raw,
      uncles: block.uncleHeaders.map((uncle) => ({
        header: toHeader(uncle, undefined),
        hash: uncle.hash(),
        size: emptyBlockSize(uncle),
      })),
      withdrawals: block.withdrawals?.map(({ index, validatorIndex, address, amount }) => ({
        index,
        validatorIndex,
        address: address.bytes,
        amount,
      })),
    },
  };
}

/** geth shows an uncle as the block of its header and an empty body. */
function emptyBlockSize(uncle: VmHeader): number {
  return RLP.encode([uncle.raw(), [], []]).length;
}

function toTransaction(transaction: TypedTransaction): Transaction {
  return decodeTransaction(transaction.serialize(), {
    sender: transaction.getSenderAddress().bytes,
    ethereum: true,
  });
}

function toReceipt(transaction: Transaction, result: RunTxResult, header: BlockHeader): Receipt {
  const { receipt } = result;
  const failed = result.execResult.exceptionError !== undefined;
  const blobGasPrice = header.ethereum?.blobGasPrice;
  return {
    type: transaction.type,
    status: failed ? 0 : 1,
    gasUsed: result.totalGasSpent,
    cumulativeGasUsed: receipt.cumulativeBlockGasUsed,
    effectiveGasPrice: header.baseFeePerGas + effectiveTip(transaction, header.baseFeePerGas),
    logsBloom: receipt.bitvector,
    logs: receipt.logs.map(([address, topics, data]) => ({ address, topics, data })),
    contractAddress:
      transaction.to === undefined ? contractAddress(transaction.sender, transaction.nonce) : undefined,
    ...("stateRoot" in receipt ? { stateRoot: receipt.stateRoot } : {}),
    ...(transaction.type === 3 && blobGasPrice !== undefined
      ? { blobGas: { used: result.blobGasUsed ?? 0n, price: blobGasPrice } }
      : {}),
  };
}

import { BraidError } from "../../protocol/index.ts";
import type { ForkGas } from "./forkGas.ts";
import { type Message, senderName } from "./message.ts";

/** EIP-4844. */
const GAS_PER_BLOB = 131_072n;
const BLOB_HASH_VERSION = 0x01;
/** EIP-7594. */
const MAX_BLOBS = 6;
const MAX_UINT256 = 2n ** 256n - 1n;

/** A message that cannot even begin: geth's wording, without what each caller says around it. */
export class MessageRefusedError extends BraidError {
  /** More gas would change it. */
  readonly wantsGas: boolean;

  constructor(code: string, message: string, wantsGas = false) {
    super(code, message);
    this.wantsGas = wantsGas;
  }
}

/** What the block asks for a gas and a blob's gas. */
export interface Prices {
  baseFee: bigint;
  blobBaseFee: bigint;
  /** Also of a message that names no fee, as of a transaction. */
  strict?: boolean;
}

/**
 * The checks of geth's `preCheck`, `buyGas` and `execute` that hold for calls too, in geth's order. Answers the gas
 * left to run with and the least that is charged (EIP-7623).
 */
export function enterMessage(
  message: Message,
  balance: bigint,
  prices: Prices,
  fork: ForkGas,
): { gas: bigint; floor: bigint } {
  checkFees(message, prices, fork);
  checkBlobs(message, prices, fork);
  checkAuthorizations(message);
  checkFunds(message, balance);
  return checkGas(message, fork);
}

function checkFees(message: Message, { baseFee, strict = false }: Prices, fork: ForkGas): void {
  const { feeCap, tip } = message;
  if (!fork.hasBaseFee || (feeCap === 0n && tip === 0n && !strict)) return;
  if (feeCap < tip) {
    throw new MessageRefusedError(
      "TIP_ABOVE_FEE_CAP",
      `max priority fee per gas higher than max fee per gas: address ${senderName(message)}, ` +
        `maxPriorityFeePerGas: ${tip}, maxFeePerGas: ${feeCap}`,
    );
  }
  if (feeCap < baseFee) {
    throw new MessageRefusedError(
      "FEE_CAP_TOO_LOW",
      `max fee per gas less than block base fee: address ${senderName(message)}, ` +
        `maxFeePerGas: ${feeCap}, baseFee: ${baseFee}`,
    );
  }
}

function checkBlobs(message: Message, { blobBaseFee, strict = false }: Prices, fork: ForkGas): void {
  const { blobHashes, blobFeeCap } = message;
  const refused = (text: string) => new MessageRefusedError("INVALID_BLOBS", text);
  if (blobHashes === undefined) return;
  if (message.to === undefined) throw refused("blob transaction of type create");
  if (blobHashes.length === 0) throw refused("blob transaction missing blob hashes");
  if (fork.limitsBlobs && blobHashes.length > MAX_BLOBS) throw refused("blob transaction has too many blobs");
  const bad = blobHashes.findIndex((hash) => hash[0] !== BLOB_HASH_VERSION);
  if (bad >= 0) throw refused(`blob ${bad} has invalid hash version`);
  if (fork.hasBlobs && (blobFeeCap > 0n || strict) && blobFeeCap < blobBaseFee) {
    throw refused(
      `max fee per blob gas less than block blob gas fee: address ${senderName(message)} ` +
        `blobGasFeeCap: ${blobFeeCap}, blobBaseFee: ${blobBaseFee}`,
    );
  }
}

function checkAuthorizations(message: Message): void {
  const { authorizationList, to } = message;
  if (authorizationList === undefined) return;
  const refused = (text: string) =>
    new MessageRefusedError("INVALID_AUTHORIZATIONS", `${text} (sender ${senderName(message)})`);
  if (to === undefined) throw refused("EIP-7702 transaction cannot be used to create contract");
  if (authorizationList.length === 0) throw refused("EIP-7702 transaction with empty auth list");
}

/** In wei, for blobs. */
export function blobCost({ blobHashes = [] }: Message, price: bigint): bigint {
  return GAS_PER_BLOB * BigInt(blobHashes.length) * price;
}

function checkFunds(message: Message, balance: bigint): void {
  const { gas, feeCap, value, blobFeeCap } = message;
  const want = gas * feeCap + value + blobCost(message, blobFeeCap);
  if (want > MAX_UINT256) {
    throw new MessageRefusedError(
      "INSUFFICIENT_FUNDS",
      `insufficient funds for gas * price + value: address ${senderName(message)} required balance exceeds 256 bits`,
    );
  }
  if (balance < want) {
    throw new MessageRefusedError(
      "INSUFFICIENT_FUNDS",
      `insufficient funds for gas * price + value: address ${senderName(message)} have ${balance} want ${want}`,
    );
  }
}

function checkGas(message: Message, fork: ForkGas): { gas: bigint; floor: bigint } {
  const { gas, to, data } = message;
  const { intrinsic, floor } = fork.intrinsicGas(message);
  if (gas < intrinsic) {
    throw new MessageRefusedError(
      "INTRINSIC_GAS_TOO_LOW",
      `intrinsic gas too low: have ${gas}, want ${intrinsic}`,
      true,
    );
  }
  if (gas < floor) {
    throw new MessageRefusedError(
      "FLOOR_GAS_TOO_LOW",
      `insufficient gas for floor data gas cost: have ${gas}, want ${floor}`,
      true,
    );
  }
  if (to === undefined && fork.maxInitcodeSize !== undefined && data.length > fork.maxInitcodeSize) {
    throw new MessageRefusedError(
      "INITCODE_TOO_LARGE",
      `max initcode size exceeded: code size ${data.length} limit ${fork.maxInitcodeSize}`,
    );
  }
  return { gas: gas - intrinsic, floor };
}

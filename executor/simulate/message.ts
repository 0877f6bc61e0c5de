import { type AccessListEntry, type Authorization, EMPTY_BYTES } from "../../protocol/index.ts";
import { checksumAddress } from "./checksumAddress.ts";
import { SimulationError } from "./errors.ts";
import type { SimulationEnvironment } from "./overrides.ts";
import type { CallRequest } from "./types.ts";

/** A call request with nothing left open: geth's `Message`. */
export interface Message {
  from: Uint8Array;
  to: Uint8Array | undefined;
  gas: bigint;
  /** What GASPRICE answers; 0 for a call that names no fee. */
  gasPrice: bigint;
  /** The most that a gas may cost: what the sender must be able to pay. */
  feeCap: bigint;
  tip: bigint;
  value: bigint;
  data: Uint8Array;
  accessList: AccessListEntry[];
  /** Undefined: no set-code transaction. */
  authorizationList: Authorization[] | undefined;
  /** Undefined: no blob transaction. */
  blobHashes: Uint8Array[] | undefined;
  blobFeeCap: bigint;
}

export const NOBODY = new Uint8Array(20);

/**
 * Fills in what the request leaves open, as geth's `CallDefaults` and `ToMessage` do. `gas` is taken as given when the
 * request names none, and caps it otherwise.
 */
export function toMessage(
  request: CallRequest,
  environment: SimulationEnvironment,
  chainId: number,
  gasCap: bigint,
): Message {
  const { gas, authorizationList, blobVersionedHashes } = request;
  const fees = feesOf(request, environment.baseFeePerGas);
  if (request.chainId !== undefined && request.chainId !== BigInt(chainId)) {
    throw new SimulationError(
      "WRONG_CHAIN",
      `chainId does not match node's (have=${request.chainId}, want=${chainId})`,
    );
  }
  return {
    from: request.from ?? NOBODY,
    to: request.to,
    gas: gas === undefined || gas > gasCap ? gasCap : gas,
    ...fees,
    value: request.value ?? 0n,
    data: request.data ?? EMPTY_BYTES,
    accessList: request.accessList ?? [],
    authorizationList,
    blobHashes: blobVersionedHashes,
    blobFeeCap: request.maxFeePerBlobGas ?? 0n,
  };
}

function feesOf(request: CallRequest, baseFee: bigint): Pick<Message, "gasPrice" | "feeCap" | "tip"> {
  const { gasPrice, maxFeePerGas, maxPriorityFeePerGas } = request;
  if (gasPrice !== undefined) {
    if (maxFeePerGas !== undefined || maxPriorityFeePerGas !== undefined) {
      throw new SimulationError(
        "INVALID_FEES",
        "both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified",
      );
    }
    return { gasPrice, feeCap: gasPrice, tip: gasPrice };
  }
  const feeCap = maxFeePerGas ?? 0n;
  const tip = maxPriorityFeePerGas ?? 0n;
  if (feeCap === 0n && tip === 0n) return { gasPrice: 0n, feeCap, tip };
  return { gasPrice: tip + baseFee > feeCap ? feeCap : tip + baseFee, feeCap, tip };
}

/** The transaction cannot be run at all; `name` is how messages about it name its sender. */
export function senderName({ from }: Message): string {
  return checksumAddress(from);
}

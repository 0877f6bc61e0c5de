import { bytesToHex, type Hex } from "../../../protocol/index.ts";
import { address, checked, decodeSlot, jsonKind } from "./hex.ts";

/** Slots wanted of an account. */
export interface StorageRequest {
  /** 20 bytes, and as the answer names it. */
  address: Uint8Array;
  key: Hex;
  /** 32 bytes each. */
  slots: Uint8Array[];
}

const GO_TYPE = "map[common.Address][]string";

function decodeSlots(input: unknown): { value: Uint8Array[] } | { problem: string } {
  if (!Array.isArray(input))
    return { problem: `json: cannot unmarshal ${jsonKind(input)} into Go value of type ${GO_TYPE}` };
  const slots: Uint8Array[] = [];
  for (const one of input) {
    const decoded = decodeSlot(one);
    if ("problem" in decoded) return decoded;
    slots.push(decoded.value.slot);
  }
  return { value: slots };
}

function decodeStorageRequests(input: unknown): { value: StorageRequest[] } | { problem: string } {
  if (typeof input !== "object" || input === null || Array.isArray(input)) {
    return { problem: `json: cannot unmarshal ${jsonKind(input)} into Go value of type ${GO_TYPE}` };
  }
  const requests: StorageRequest[] = [];
  for (const [key, slots] of Object.entries(input)) {
    const account = address().safeParse(key);
    if (!account.success) return { problem: account.error.issues[0]?.message ?? "invalid address" };
    const decoded = decodeSlots(slots);
    if ("problem" in decoded) return decoded;
    requests.push({ address: account.data, key: bytesToHex(account.data), slots: decoded.value });
  }
  return { value: requests };
}

/** `{ address: [slot, …], … }`. */
export const storageRequests = () =>
  checked(decodeStorageRequests, {
    type: "object",
    additionalProperties: { type: "array", items: { type: "string", pattern: "^0x[0-9a-fA-F]{0,64}$" } },
  }).describe("requests");

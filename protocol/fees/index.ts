export {
  decodeL1Attributes,
  decodeL1AttributesTransaction,
  encodeL1Attributes,
  isL1Attributes,
  L1_ATTRIBUTES_DEPOSITOR,
  L1_BLOCK_ADDRESS,
  L1_PRICE_SLOTS,
  type L1Attributes,
  l1AttributesTransaction,
  l1PricesIn,
} from "./l1Attributes.ts";
export { BYTES_PER_MILLION_GAS, L1_COST, type L1Prices, l1CostFloor } from "./l1CostFloor.ts";
export { NO_L1_PRICES, nextL2BaseFee } from "./nextL2BaseFee.ts";

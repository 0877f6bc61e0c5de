import { type Common, ConsensusAlgorithm, Hardfork } from "@ethereumjs/common";
import type { EVM } from "@ethereumjs/evm";
import { keccak256 } from "../../protocol/index.ts";
import { ISZERO_PUSH_JUMPI, PUSH_JUMP, PUSH_JUMPI } from "./program.ts";

/** Fee of an instruction that the loop leaves to the stock step: more than any frame may have. */
export const NEVER = 0x7fff_ffff;

/** Frames with more gas than this run in the stock interpreter, so that gas is a small integer here. */
export const MAX_FRAME_GAS = 0x7fff_fffen;

/** Gas and rules of one hard fork, as plain numbers. All come from the EVM's own tables. */
export interface ForkRules {
  /** False where rules are active that only the stock interpreter knows (EOF, block access lists, witnesses …). */
  readonly supported: boolean;
  readonly common: Common;
  readonly fees: Int32Array;
  readonly berlin: boolean;
  readonly eip1153: boolean;
  readonly eip4399: boolean;
  readonly eip6780: boolean;
  readonly eip7702: boolean;
  readonly keccak256: (bytes: Uint8Array) => Uint8Array;
  readonly memoryGas: number;
  readonly quadCoefficientDivGas: number;
  readonly copyGas: number;
  readonly keccak256WordGas: number;
  readonly expByteGas: number;
  readonly logTopicGas: number;
  readonly logDataGas: number;
  readonly callValueTransferGas: number;
  readonly callNewAccountGas: number;
  readonly callStipendGas: number;
  readonly stackLimit: number;
  readonly warmAccess: number;
  readonly coldAccount: number;
  readonly coldSlot: number;
  readonly sstore: SstoreGas | undefined;
  /** The prices from before EIP-2200, where neither that nor EIP-1283 applies. */
  readonly earlySstore: EarlySstoreGas | undefined;
}

export interface EarlySstoreGas {
  readonly set: number;
  readonly reset: number;
  readonly clearRefund: number;
}

/** EIP-2200 with the changes of EIP-2929 and EIP-3529. Each refund as (slot cold, slot warm). */
export interface SstoreGas {
  readonly sentry: number;
  readonly noopCold: number;
  readonly noopWarm: number;
  readonly dirty: number;
  readonly init: number;
  readonly clean: number;
  readonly clearRefund: number;
  readonly initRefundCold: number;
  readonly initRefundWarm: number;
  readonly cleanRefundCold: number;
  readonly cleanRefundWarm: number;
}

/** Rules of these proposals are not in our loop. */
const STOCK_ONLY = [2780, 3540, 6800, 7708, 7709, 7864, 7928, 8024, 8037, 8038, 8246];

/** What the loop does itself under every fork from Byzantium on. */
const PLAIN = [
  ...range(0x00, 0x0b),
  ...range(0x10, 0x1e),
  0x20,
  0x30,
  ...range(0x32, 0x3a),
  0x3d,
  0x3e,
  ...range(0x41, 0x46),
  0x48,
  0x49,
  ...range(0x50, 0x53),
  ...range(0x56, 0xa4),
  0xf3,
  0xfd,
];
/** What needs the state at once. */
const SYNC = [0x31, 0x3b, 0x3c, 0x3f, 0x47, 0x54, 0xf1, 0xf2, 0xf4, 0xfa];
const SSTORE = 0x55;

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

export function forkRules(common: Common, opcodes: EVM["opcodes"], syncState: boolean): ForkRules {
  const price = (name: string) => Number(common.param(name));
  const berlin = common.isActivatedEIP(2929);
  const istanbul = common.gteHardfork(Hardfork.Istanbul);
  const sstore = syncState && istanbul ? sstoreGas(common) : undefined;
  const eip1283 = common.hardfork() === Hardfork.Constantinople;
  const earlySstore = !syncState || istanbul || eip1283 ? undefined : earlySstoreGas(common);
  const customHash = common.customCrypto.keccak256;
  return {
    supported:
      common.gteHardfork(Hardfork.Byzantium) &&
      !common.gteHardfork(Hardfork.Amsterdam) &&
      !STOCK_ONLY.some((eip) => common.isActivatedEIP(eip)),
    common,
    fees: fees(common, opcodes, syncState, sstore !== undefined || earlySstore !== undefined),
    berlin,
    eip1153: common.isActivatedEIP(1153),
    eip4399: common.isActivatedEIP(4399),
    eip6780: common.isActivatedEIP(6780),
    eip7702: common.isActivatedEIP(7702),
    keccak256: customHash === undefined ? keccak256 : (bytes) => customHash(bytes),
    memoryGas: price("memoryGas"),
    quadCoefficientDivGas: price("quadCoefficientDivGas"),
    copyGas: price("copyGas"),
    keccak256WordGas: price("keccak256WordGas"),
    expByteGas: price("expByteGas"),
    logTopicGas: price("logTopicGas"),
    logDataGas: price("logDataGas"),
    callValueTransferGas: price("callValueTransferGas"),
    callNewAccountGas: price("callNewAccountGas"),
    callStipendGas: price("callStipendGas"),
    stackLimit: price("stackLimit"),
    warmAccess: berlin ? price("warmstoragereadGas") : 0,
    coldAccount: berlin ? price("coldaccountaccessGas") : 0,
    coldSlot: berlin ? price("coldsloadGas") : 0,
    sstore,
    earlySstore,
  };
}

function fees(common: Common, opcodes: EVM["opcodes"], syncState: boolean, sstore: boolean): Int32Array {
  const table = new Int32Array(256).fill(NEVER);
  const own = new Set(PLAIN);
  if (common.consensusAlgorithm() === ConsensusAlgorithm.Clique) own.delete(0x41);
  if (syncState) for (const op of SYNC) own.add(op);
  if (sstore) own.add(SSTORE);
  for (const [code, { fee, isInvalid }] of opcodes) {
    if (!isInvalid && own.has(code)) table[code] = fee;
  }
  const [iszero = NEVER, jump = NEVER, jumpi = NEVER, push = NEVER] = [0x15, 0x56, 0x57, 0x60].map(
    (op) => table[op],
  );
  table[PUSH_JUMP] = push + jump + (table[0x5b] ?? NEVER);
  table[PUSH_JUMPI] = push + jumpi;
  table[ISZERO_PUSH_JUMPI] = iszero + push + jumpi;
  return table;
}

function earlySstoreGas(common: Common): EarlySstoreGas {
  return {
    set: Number(common.param("sstoreSetGas")),
    reset: Number(common.param("sstoreResetGas")),
    clearRefund: Number(common.param("sstoreRefundGas")),
  };
}

function sstoreGas(common: Common): SstoreGas {
  const price = (name: string) => Number(common.param(name));
  const berlin = common.isActivatedEIP(2929);
  const noop = price("sstoreNoopEIP2200Gas");
  const initRefund = price("sstoreInitRefundEIP2200Gas");
  const cleanRefund = price("sstoreCleanRefundEIP2200Gas");
  const init = price("sstoreInitEIP2200Gas");
  const warm = berlin ? price("warmstoragereadGas") : 0;
  return {
    sentry: price("sstoreSentryEIP2200Gas"),
    noopCold: noop,
    noopWarm: berlin ? warm : noop,
    dirty: price("sstoreDirtyEIP2200Gas"),
    init,
    clean: price("sstoreCleanEIP2200Gas"),
    clearRefund: price("sstoreClearRefundEIP2200Gas"),
    initRefundCold: initRefund,
    initRefundWarm: berlin ? init - warm : initRefund,
    cleanRefundCold: cleanRefund,
    cleanRefundWarm: berlin ? price("sstoreResetGas") - price("coldsloadGas") - warm : cleanRefund,
  };
}

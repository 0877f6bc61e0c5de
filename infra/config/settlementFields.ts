import { z } from "zod";
import type { Hex } from "../../protocol/index.ts";
import { bigInteger, field, integer, optionalHex } from "./field.ts";

const addresses: z.ZodType<Hex[] | undefined, string | undefined> = z
  .string()
  .transform((text) => text.split(",").map((one) => one.trim()))
  .refine((list): list is Hex[] => list.every((one) => /^0x[0-9a-fA-F]{40}$/.test(one)), {
    error: "must be addresses, separated by commas",
  })
  .optional();

const WEEK_IN_SECONDS = 604_800;

/** What the contracts on L1 are deployed with (later their owner changes it there), and the prover's key. */
export const SETTLEMENT_FIELDS = {
  proverKey: field({
    env: "BRAID_PROVER_KEY",
    meaning: "private key that signs proofs; the public development key is used on L1 chain 31337 only",
    secret: true,
    schema: optionalHex(32, "a private key"),
  }),
  settlementOwner: field({
    env: "BRAID_OWNER",
    meaning:
      "owner of the contracts that --deploy puts on L1, on a chain with value a multisig (default: the sequencer)",
    schema: optionalHex(20, "an address"),
  }),
  settlementGuardian: field({
    env: "BRAID_GUARDIAN",
    meaning: "who may pause the contracts and take back unproven batches (default: the owner)",
    schema: optionalHex(20, "an address"),
  }),
  settlementProvers: field({
    env: "BRAID_PROVERS",
    meaning:
      "provers whose signatures L1 takes, separated by commas (default: the prover of the development key)",
    schema: addresses,
  }),
  settlementProverThreshold: field({
    env: "BRAID_PROVER_THRESHOLD",
    meaning: "how many of the provers must sign a batch (default: all)",
    schema: integer(1).optional(),
  }),
  settlementFinalizationPeriodSeconds: field({
    env: "BRAID_FINALIZATION_PERIOD_SECONDS",
    meaning: "from a batch's proof until it is final (default: a week; 12 s on L1 chain 31337)",
    schema: integer(1, WEEK_IN_SECONDS * 52).optional(),
  }),
  settlementInclusionWindowBlocks: field({
    env: "BRAID_INCLUSION_WINDOW_BLOCKS",
    meaning: "L1 blocks that the sequencer has to include a deposit or a forced transaction",
    default: "300",
    schema: integer(50, 50_400),
  }),
  settlementSilenceWindowBlocks: field({
    env: "BRAID_SILENCE_WINDOW_BLOCKS",
    meaning: "L1 blocks without a batch after which anyone may post",
    default: "7200",
    schema: integer(1),
  }),
  settlementWithdrawalLimitWei: field({
    env: "BRAID_WITHDRAWAL_LIMIT_WEI",
    meaning: "wei that may leave the portal in a day (default: no limit)",
    schema: bigInteger(1n).optional(),
  }),
};

export const SETTLEMENT_SCHEMAS = {
  proverKey: SETTLEMENT_FIELDS.proverKey.schema,
  settlementOwner: SETTLEMENT_FIELDS.settlementOwner.schema,
  settlementGuardian: SETTLEMENT_FIELDS.settlementGuardian.schema,
  settlementProvers: SETTLEMENT_FIELDS.settlementProvers.schema,
  settlementProverThreshold: SETTLEMENT_FIELDS.settlementProverThreshold.schema,
  settlementFinalizationPeriodSeconds: SETTLEMENT_FIELDS.settlementFinalizationPeriodSeconds.schema,
  settlementInclusionWindowBlocks: SETTLEMENT_FIELDS.settlementInclusionWindowBlocks.schema,
  settlementSilenceWindowBlocks: SETTLEMENT_FIELDS.settlementSilenceWindowBlocks.schema,
  settlementWithdrawalLimitWei: SETTLEMENT_FIELDS.settlementWithdrawalLimitWei.schema,
} satisfies Record<keyof typeof SETTLEMENT_FIELDS, unknown>;

const settlementSchema = z.object(SETTLEMENT_SCHEMAS);

export interface SettlementConfig {
  /** Undefined: the deployer. */
  owner: Hex | undefined;
  /** Undefined: the owner. */
  guardian: Hex | undefined;
  /** Empty: none was named. */
  provers: Hex[];
  proverThreshold: number;
  finalizationPeriodSeconds: number;
  inclusionWindowBlocks: number;
  silenceWindowBlocks: number;
  /** Undefined: none. */
  withdrawalLimit: { capacity: bigint; seconds: number } | undefined;
}

/** Account 1 of the development mnemonic. Public knowledge: never on a chain with value. */
export const DEV_PROVER_KEY: Hex = "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d";
const DEV_PROVER: Hex = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";

/** `isDevelopment`: the L1 is a development chain. */
export function assembleSettlement(
  values: z.output<typeof settlementSchema>,
  isDevelopment: boolean,
): SettlementConfig {
  const provers = values.settlementProvers ?? (isDevelopment ? [DEV_PROVER] : []);
  const capacity = values.settlementWithdrawalLimitWei;
  return {
    owner: values.settlementOwner,
    guardian: values.settlementGuardian,
    provers,
    proverThreshold: values.settlementProverThreshold ?? provers.length,
    finalizationPeriodSeconds:
      values.settlementFinalizationPeriodSeconds ?? (isDevelopment ? 12 : WEEK_IN_SECONDS),
    inclusionWindowBlocks: values.settlementInclusionWindowBlocks,
    silenceWindowBlocks: values.settlementSilenceWindowBlocks,
    withdrawalLimit: capacity === undefined ? undefined : { capacity, seconds: 86_400 },
  };
}

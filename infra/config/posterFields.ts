import { z } from "zod";
import type { Hex } from "../../protocol/index.ts";
import { bigInteger, field, integer, oneOf, optionalHex, optionalUrl } from "./field.ts";

/** How batches get onto L1, and what that may cost. See docs/settlement.md. */
export const POSTER_FIELDS = {
  posterDataAvailability: field({
    env: "BRAID_DATA_AVAILABILITY",
    meaning: "auto (whichever costs less at the moment), calldata or blobs",
    default: "auto",
    schema: oneOf("auto", "calldata", "blobs"),
  }),
  posterBlobSidecars: field({
    env: "BRAID_BLOB_SIDECARS",
    meaning:
      "form of blobs' proofs: 1 (EIP-7594, L1 since Osaka), 0 (before) or auto (L1 says by eth_config)",
    default: "auto",
    schema: oneOf("auto", "0", "1"),
  }),
  posterMaxFeeGwei: field({
    env: "BRAID_L1_MAX_FEE_GWEI",
    meaning: "gwei per gas above which nothing is sent to L1, until a batch passes its deadline",
    default: "200",
    schema: bigInteger(1n),
  }),
  posterMaxBlobFeeGwei: field({
    env: "BRAID_L1_MAX_BLOB_FEE_GWEI",
    meaning: "gwei per blob gas above which no blobs are sent, until a batch passes its deadline",
    default: "200",
    schema: bigInteger(1n),
  }),
  posterCommitDeadlineMs: field({
    env: "BRAID_COMMIT_DEADLINE_MS",
    meaning: "a batch that has waited so many milliseconds is posted at any price",
    default: "3600000",
    schema: integer(1_000),
  }),
  posterDailyLimitWei: field({
    env: "BRAID_L1_DAILY_LIMIT_WEI",
    meaning: "wei that may be spent on L1 in any 24 hours; no deadline overrides it",
    default: "10000000000000000000",
    schema: bigInteger(1n),
  }),
  posterBumpAfterMs: field({
    env: "BRAID_L1_BUMP_AFTER_MS",
    meaning: "an L1 transaction that is not mined after so many milliseconds is offered at a higher fee",
    default: "24000",
    schema: integer(1_000),
  }),
  posterPollingIntervalMs: field({
    env: "BRAID_L1_POLLING_MS",
    meaning: "how often the poster looks at L1, in milliseconds",
    default: "1000",
    schema: integer(50),
  }),
  posterMaxUnpostedBatches: field({
    env: "BRAID_MAX_UNPOSTED_BATCHES",
    meaning: "batches without L1 at which block building pauses; the RPC still takes transactions",
    default: "100",
    schema: integer(1),
  }),
  posterWarnBelowHours: field({
    env: "BRAID_L1_WARN_BELOW_HOURS",
    meaning: "warn when the poster's ether lasts for fewer hours at the spending of the last day",
    default: "48",
    schema: integer(1),
  }),
  signerUrl: field({
    env: "BRAID_SIGNER_URL",
    meaning: "signer of L1 transactions (eth_signTransaction over HTTP), instead of BRAID_SEQUENCER_KEY",
    secret: true,
    schema: optionalUrl("http:", "https:"),
  }),
  signerAddress: field({
    env: "BRAID_SIGNER_ADDRESS",
    meaning: "account that the signer signs for",
    schema: optionalHex(20, "an address"),
  }),
};

export const POSTER_SCHEMAS = {
  posterDataAvailability: POSTER_FIELDS.posterDataAvailability.schema,
  posterBlobSidecars: POSTER_FIELDS.posterBlobSidecars.schema,
  posterMaxFeeGwei: POSTER_FIELDS.posterMaxFeeGwei.schema,
  posterMaxBlobFeeGwei: POSTER_FIELDS.posterMaxBlobFeeGwei.schema,
  posterCommitDeadlineMs: POSTER_FIELDS.posterCommitDeadlineMs.schema,
  posterDailyLimitWei: POSTER_FIELDS.posterDailyLimitWei.schema,
  posterBumpAfterMs: POSTER_FIELDS.posterBumpAfterMs.schema,
  posterPollingIntervalMs: POSTER_FIELDS.posterPollingIntervalMs.schema,
  posterMaxUnpostedBatches: POSTER_FIELDS.posterMaxUnpostedBatches.schema,
  posterWarnBelowHours: POSTER_FIELDS.posterWarnBelowHours.schema,
  signerUrl: POSTER_FIELDS.signerUrl.schema,
  signerAddress: POSTER_FIELDS.signerAddress.schema,
} satisfies Record<keyof typeof POSTER_FIELDS, unknown>;

const posterSchema = z.object(POSTER_SCHEMAS);

/** Milliseconds, wei. */
export interface PosterConfig {
  dataAvailability: "auto" | "calldata" | "blobs";
  /** Undefined: the one that L1 takes. */
  sidecarVersion: 0 | 1 | undefined;
  ceiling: { maxFeePerGas: bigint; maxFeePerBlobGas: bigint };
  commitDeadlineMs: number;
  dailyLimit: bigint;
  bumpAfterMs: number;
  pollingIntervalMs: number;
  maxUnpostedBatches: number;
  maxInFlight: number;
  warnBelowHours: number;
  /** Undefined: this process has the key. */
  signer: { url: string; address: Hex } | undefined;
}

const SIDECAR_VERSIONS = { auto: undefined, 0: 0, 1: 1 } as const;
const GWEI = 10n ** 9n;
/** What L1 nodes keep of one account's blob transactions. */
const MAX_IN_FLIGHT = 16;

export function assemblePoster(values: z.output<typeof posterSchema>): PosterConfig {
  const { signerUrl, signerAddress } = values;
  return {
    dataAvailability: values.posterDataAvailability,
    sidecarVersion: SIDECAR_VERSIONS[values.posterBlobSidecars],
    ceiling: {
      maxFeePerGas: values.posterMaxFeeGwei * GWEI,
      maxFeePerBlobGas: values.posterMaxBlobFeeGwei * GWEI,
    },
    commitDeadlineMs: values.posterCommitDeadlineMs,
    dailyLimit: values.posterDailyLimitWei,
    bumpAfterMs: values.posterBumpAfterMs,
    pollingIntervalMs: values.posterPollingIntervalMs,
    maxUnpostedBatches: values.posterMaxUnpostedBatches,
    maxInFlight: MAX_IN_FLIGHT,
    warnBelowHours: values.posterWarnBelowHours,
    signer:
      signerUrl === undefined || signerAddress === undefined
        ? undefined
        : { url: signerUrl, address: signerAddress },
  };
}

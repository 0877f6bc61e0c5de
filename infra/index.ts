export type { Field } from "./config/field.ts";
export { FIELDS, type FieldName } from "./config/fields.ts";
export {
  type Config,
  ConfigError,
  type ConfigSources,
  configToEnv,
  fieldNames,
  loadConfig,
} from "./config/loadConfig.ts";
export { type DataDirLock, DataDirLockedError, lockDataDir } from "./embedded/dataDirLock.ts";
export { EmbeddedError } from "./embedded/embeddedError.ts";
export { freePort, isPortFree } from "./embedded/freePort.ts";
export { endLeftover, removePidFile, writePidFile } from "./embedded/pidFile.ts";
export { findRedis, type RedisBinary } from "./embedded/redisBinary.ts";
export { DEV_L1_CHAIN_ID, DEV_MNEMONIC, startAnvil } from "./embedded/startAnvil.ts";
export {
  type EmbeddedStack,
  type EmbeddedStackOptions,
  endLeftovers,
  type StackStep,
  startEmbeddedStack,
} from "./embedded/startEmbeddedStack.ts";
export { startPostgres } from "./embedded/startPostgres.ts";
export { startRedis } from "./embedded/startRedis.ts";
export { PortTakenError } from "./http/portTakenError.ts";
export {
  type AdminServer,
  type AdminServerOptions,
  listenError,
  startAdminServer,
} from "./http/startAdminServer.ts";
export { blobCellProofs, blobCommitment, blobProof, KzgError, versionedHash } from "./kzg/kzg.ts";
export { L1Error, type WaitForL1Options, waitForL1 } from "./l1/waitForL1.ts";
export { CloseFailedError, type Closers, createClosers } from "./lifecycle/closers.ts";
export { onStopSignal } from "./lifecycle/onStopSignal.ts";
export { untilAborted } from "./lifecycle/untilAborted.ts";
export { withDeadline } from "./lifecycle/withDeadline.ts";
export { createLogger, type Logger, type LoggerOptions } from "./logger/createLogger.ts";
export { createMetrics } from "./metrics/createMetrics.ts";
export {
  type CreateSqlOptions,
  createSql,
  PostgresUnavailableError,
  type Sql,
} from "./postgres/createSql.ts";
export { type CreateRedisOptions, createRedis, RedisUnavailableError } from "./redis/createRedis.ts";
export { startThread } from "./threads/startThread.ts";
export { VERSION } from "./version.ts";

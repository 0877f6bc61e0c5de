export {
  createL1Watcher,
  type L1Watcher,
  type L1WatcherOptions,
  type L1WatcherTarget,
} from "./createL1Watcher.ts";
export { SettlementLostError } from "./followL1.ts";
export { L1MessagesError, L1UnavailableError } from "./watcherErrors.ts";

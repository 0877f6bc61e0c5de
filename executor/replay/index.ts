export { type AllocAccount, allocSchema } from "./alloc.ts";
export {
  openReplay,
  type Replay,
  type ReplayRun,
  type ReplayRunOptions,
  type ReplayTimes,
  type TransactionResult,
} from "./openReplay.ts";
export { readJson } from "./readJson.ts";
export {
  type HeaderMatch,
  matchHeader,
  type ReplayOptions,
  type ReplayResult,
  replayBlock,
  totalMs,
} from "./replayBlock.ts";
export { ReplayInputError } from "./replayError.ts";
export {
  type Hint,
  type ReplayFiles,
  type ReplayInput,
  readFootprints,
  readReplayFiles,
} from "./replayInput.ts";
export type { ReplayTransaction } from "./replayTransaction.ts";
export { type Reproduction, readReproduction, writeReproduction } from "./reproduction.ts";
export { type StateTestResult, StateTestRunner } from "./runStateTest.ts";
export { parseStateTests, STATE_TEST_FORKS, type StateTest } from "./stateTestFile.ts";
export { stateTestFiles } from "./stateTestFiles.ts";
export { stateTestReproduction } from "./stateTestReproduction.ts";
export { TouchedState } from "./touchedState.ts";

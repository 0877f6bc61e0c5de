export { type EthereumChainOptions, startEthereumChain } from "./ethereum-chain/startEthereumChain.ts";
export type { ReadableArchive } from "./read-node/archivedChain.ts";
export { type ReadNodeOptions, startReadNode } from "./read-node/startReadNode.ts";
export { openRecovery } from "./recovery/openRecovery.ts";
export type { WaitingTransaction } from "./recovery/waitingTransactions.ts";
export type { RunningRole } from "./runningRole.ts";
export { startRpc } from "./startRpc.ts";
export { startSequencer } from "./startSequencer.ts";

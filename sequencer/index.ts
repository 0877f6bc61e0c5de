export { type EthereumChainOptions, startEthereumChain } from "./ethereum-chain/startEthereumChain.ts";
export type { RunningRole } from "./runningRole.ts";
export { startRpc } from "./startRpc.ts";
export { startSequencer } from "./startSequencer.ts";

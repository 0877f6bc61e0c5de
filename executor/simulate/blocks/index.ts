export { planBlocks } from "./planBlocks.ts";
export type {
  PlannedBlock,
  SimulateBlocksParams,
  SimulatedBlock,
  SimulatedBlockOverrides,
  SimulatedBlockRequest,
  SimulatedCall,
  SimulatedChain,
  SimulatedLog,
} from "./types.ts";

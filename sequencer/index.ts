export type { RunningRole } from "./runningRole.ts";
export { startRpc } from "./startRpc.ts";
export { startSequencer } from "./startSequencer.ts";

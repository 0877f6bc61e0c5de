/** The bytes that a frame works on, with the view that reads words. Grown in whole pages, always zero past its use. */
export interface FrameMemory {
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

const PAGE = 4096;
const KEPT = 64;
const MAX_KEPT_BYTES = 1 << 16;

const pool: FrameMemory[] = [];

export function takeMemory(): FrameMemory {
  return pool.pop() ?? memoryOver(new Uint8Array(PAGE));
}

/** `used`: how many bytes may be other than zero. */
export function returnMemory(memory: FrameMemory, used: number): void {
  if (pool.length >= KEPT || memory.bytes.length > MAX_KEPT_BYTES) return;
  memory.bytes.fill(0, 0, used);
  pool.push(memory);
}

export function memoryOver(bytes: Uint8Array): FrameMemory {
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength) };
}

export function grownMemory(memory: FrameMemory, size: number): FrameMemory {
  const length = Math.max(Math.ceil(size / PAGE) * PAGE, Math.min(memory.bytes.length * 2, 1 << 22));
  const bytes = new Uint8Array(length);
  bytes.set(memory.bytes);
  return memoryOver(bytes);
}

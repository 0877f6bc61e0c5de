import { BraidError } from "../../protocol/index.ts";

/** Rejects with code DEADLINE_PASSED when `work` takes longer; the work itself is not interrupted. */
export async function withDeadline<T>(work: Promise<T>, milliseconds: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new BraidError("DEADLINE_PASSED", `not done within ${milliseconds} ms`)),
      milliseconds,
    );
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}

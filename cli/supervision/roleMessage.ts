import { z } from "zod";

/** What a role process tells its supervisor over IPC. */
export const roleMessage = z.discriminatedUnion("type", [
  z.object({ type: z.literal("ready"), info: z.record(z.string(), z.string()) }),
  z.object({
    type: z.literal("fatal"),
    code: z.string(),
    message: z.string(),
    hint: z.string().optional(),
  }),
]);

export type RoleMessage = z.infer<typeof roleMessage>;

import { z } from "zod";

/** One setting, declared once: `loadConfig`, `braid --help` and `.env.example` all read it from here. */
export interface Field<T> {
  env: `BRAID_${string}`;
  /** As typed on the command line; absent = environment only. */
  flag?: `--${string}`;
  meaning: string;
  /** As text, as it would be written in the environment. Absent = no default, or one that depends on others. */
  default?: string;
  /** Never printed or logged. */
  secret?: boolean;
  schema: z.ZodType<T, string | undefined>;
}

export function field<T>(definition: Field<T>): Field<T> {
  return definition;
}

/** Digits only, `_` allowed between them: "abc" or "1.5" is an error and never a default. */
export function integer(min: number, max = Number.MAX_SAFE_INTEGER): z.ZodType<number, string | undefined> {
  return z
    .string({ error: "a whole number is needed" })
    .regex(/^\d[\d_]*$/, { error: "must be a whole number", abort: true })
    .transform((text) => Number(text.replaceAll("_", "")))
    .refine((value) => value >= min && value <= max, { error: `must be from ${min} to ${max}` });
}

export function bigInteger(min: bigint): z.ZodType<bigint, string | undefined> {
  return z
    .string({ error: "a whole number is needed" })
    .regex(/^\d[\d_]*$/, { error: "must be a whole number", abort: true })
    .transform((text) => BigInt(text.replaceAll("_", "")))
    .refine((value) => value >= min, { error: `must be at least ${min}` });
}

/** A decimal fraction from 0 to 1: `0`, `0.01`, `1`. */
export const share: z.ZodType<number, string | undefined> = z
  .string({ error: "a share is needed" })
  .regex(/^(\d+(\.\d*)?|\.\d+)$/, { error: "must be a number from 0 to 1", abort: true })
  .transform(Number)
  .refine((value) => value <= 1, { error: "must be a number from 0 to 1" });

export const port = integer(0, 65_535);

export function oneOf<const T extends string>(...values: T[]): z.ZodType<T, string | undefined> {
  return z.string().refine((value): value is T => values.some((one) => one === value), {
    error: `must be one of ${values.join(", ")}`,
  });
}

export const yesOrNo: z.ZodType<boolean, string | undefined> = oneOf("true", "false", "1", "0").transform(
  (value) => value === "true" || value === "1",
);

export function optionalUrl(...protocols: string[]): z.ZodType<string | undefined, string | undefined> {
  return z
    .string()
    .refine((value) => URL.canParse(value) && protocols.includes(new URL(value).protocol), {
      error: `must be a URL that begins with ${protocols.map((p) => `${p}//`).join(" or ")}`,
    })
    .optional();
}

export function optionalHex(
  bytes: number,
  what: string,
): z.ZodType<`0x${string}` | undefined, string | undefined> {
  const pattern = new RegExp(`^0x[0-9a-fA-F]{${bytes * 2}}$`);
  return z
    .string()
    .refine((value): value is `0x${string}` => pattern.test(value), {
      error: `must be ${what}: 0x and ${bytes * 2} hexadecimal digits`,
    })
    .optional();
}

export const text: z.ZodType<string, string | undefined> = z.string().min(1, { error: "must not be empty" });

/** A redis:// URL or the absolute path of a unix socket. */
export const optionalRedis: z.ZodType<string | undefined, string | undefined> = z
  .string()
  .refine((value) => /^(rediss?:\/\/|unix:\/\/\/|\/)/.test(value), {
    error: "must begin with redis://, rediss://, unix:/// or be the absolute path of a socket",
  })
  .optional();

import { type Command, Option } from "commander";
import { type Config, FIELDS, type Field, type FieldName, fieldNames, loadConfig } from "../infra/index.ts";

export type Flags = Partial<Record<FieldName, string>>;

/** Adds the flags of these settings, with meaning and default from their declaration. */
export function addConfigFlags(command: Command, names: FieldName[]): Command {
  for (const name of names) {
    const field: Field<unknown> = FIELDS[name];
    if (field.flag === undefined) continue;
    const shownDefault = field.default === undefined ? "" : ` (default: ${field.default})`;
    const placeholder = field.default === "false" ? "" : " <value>";
    command.addOption(new Option(`${field.flag}${placeholder}`, `${field.meaning}${shownDefault}`));
  }
  return command;
}

/** What was given on the command line, by setting. */
export function givenFlags(command: Command): Flags {
  const flags: Flags = {};
  const options: Record<string, unknown> = command.opts();
  for (const name of fieldNames()) {
    const field: Field<unknown> = FIELDS[name];
    const option = command.options.find((one) => one.long === field.flag);
    if (option === undefined) continue;
    const value = options[option.attributeName()];
    if (value !== undefined) flags[name] = String(value);
  }
  return flags;
}

export function configOf(command: Command): Config {
  return loadConfig({ env: process.env, flags: givenFlags(command) });
}

import { Option, type Command } from 'commander';
import type { z } from 'zod';
import type { FlagMeta, Operation } from '../operations/operation.js';
import { Failure } from '../ports/failure.js';

/** One flag of an operation, read off its schema. */
export interface Flag {
  /** Name of the input field. */
  readonly field: string;
  readonly flag: string;
  readonly description: string;
  readonly placeholder: string;
  readonly kind: 'text' | 'switch' | 'pairs';
  readonly required: boolean;
}

interface Field {
  readonly description?: string;
  meta(): (FlagMeta & Record<string, unknown>) | undefined;
  safeParse(value: unknown): { success: boolean };
}

/** The flags of an operation, in the order of its fields. */
export function flagsOf(operation: Operation): Flag[] {
  return Object.entries(operation.input.shape as Record<string, Field>).map(([field, schema]) => {
    const meta = schema.meta() ?? {};
    return {
      field,
      flag: meta.flag ?? field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
      description: schema.description ?? '',
      placeholder: meta.placeholder ?? 'value',
      kind: meta.repeatable ? 'pairs' : schema.safeParse(true).success ? 'switch' : 'text',
      required: !schema.safeParse(undefined).success,
    };
  });
}

/** Adds the flags to a command. Whether one is missing is said by {@link inputOf}, for all at once. */
export function addFlags(command: Command, flags: readonly Flag[]): void {
  for (const flag of flags) {
    const description = flag.required ? `${flag.description} (required)` : flag.description;
    const spelled = flag.kind === 'switch' ? `--${flag.flag}` : `--${flag.flag} <${flag.placeholder}>`;
    const option = new Option(spelled, description);
    if (flag.kind === 'pairs') option.argParser((value: string, all: string[] = []) => [...all, value]);
    command.addOption(option);
  }
}

/** The operation's input, parsed. Throws `invalid`, naming each flag, its value and what is right. */
export function inputOf(
  operation: Operation,
  flags: readonly Flag[],
  options: Record<string, unknown>,
): z.infer<z.ZodObject> {
  const raw: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const flag of flags) {
    const value = options[camel(flag.flag)];
    if (value === undefined) {
      if (flag.required) problems.push(`--${flag.flag} is missing; give --${flag.flag} <${flag.placeholder}>`);
      continue;
    }
    raw[flag.field] = flag.kind === 'pairs' ? pairs(flag, value as string[], problems) : value;
  }
  const parsed = operation.input.safeParse(raw);
  if (problems.length === 0 && parsed.success) return parsed.data;
  for (const issue of parsed.success ? [] : parsed.error.issues) {
    const flag = flags.find(({ field }) => field === issue.path[0]);
    if (!flag || raw[flag.field] === undefined) continue;
    problems.push(`--${flag.flag} ${shown(raw[flag.field])}: ${issue.message}`);
  }
  throw new Failure('invalid', problems.join('\n       '), { hint: `See: hecate ${operation.path.join(' ')} --help` });
}

function pairs(flag: Flag, values: readonly string[], problems: string[]): Record<string, string> {
  const record: Record<string, string> = {};
  for (const value of values) {
    const at = value.indexOf('=');
    const name = value.slice(0, at).trim();
    if (at < 1) problems.push(`--${flag.flag} ${JSON.stringify(value)}: it has no name; give name=value`);
    else if (name in record) problems.push(`--${flag.flag} ${JSON.stringify(value)}: ${name} is given twice`);
    else record[name] = value.slice(at + 1);
  }
  return record;
}

function shown(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : JSON.stringify(value).slice(0, 200);
}

function camel(flag: string): string {
  return flag.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

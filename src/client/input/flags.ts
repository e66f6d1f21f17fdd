// Input of a person, checked: flags, files, moments and the actor. May import print, the domain and the types of operations.
import { Option, type Command } from 'commander';
import { z } from 'zod';
import { redactAddresses, redactLine, redactUrls } from '../../domain/values/redaction.js';
import type { FlagMeta } from '../../operations/operation.js';
import { Failure } from '../../ports/failure.js';
import { completing, completesOf, type Completes } from './completes.js';
import { wordsOf } from './flag-words.js';
import { notATime, timeOf } from './moment.js';

/** A flag of an operation, derived from its schema. */
export interface Flag {
  /** Name of the input field. */
  readonly field: string;
  readonly flag: string;
  /** Its names in older versions. */
  readonly formerly: readonly string[];
  readonly description: string;
  readonly placeholder: string;
  readonly kind: 'text' | 'switch' | 'number' | 'pairs' | 'list' | 'items' | 'moment';
  /** Value of the flag without a value; null: it needs one. */
  readonly bare: string | null;
  readonly required: boolean;
  /** Takes a folder of manifests or a repository. */
  readonly isManifests: boolean;
  /** Takes a file whose content is the value; a `secret` one goes through Vault. Null: it takes the value itself. */
  readonly file: 'text' | 'secret' | null;
  /** Is the public half of a key that the command line makes; see `FlagMeta`. Null: an ordinary flag. */
  readonly keyPair: 'always' | 'on-request' | null;
  /** The values that the shell completes. */
  readonly completes: Completes;
}

interface Field extends z.core.$ZodType {
  readonly description?: string;
  meta(): (FlagMeta & Record<string, unknown>) | undefined;
  safeParse(value: unknown): { success: boolean };
}

/** An operation or a read, whose flags follow from its input. */
export interface Flagged {
  readonly path: readonly string[];
  readonly input: z.ZodObject;
}

/** Returns the flags of an operation or a read, in the order of its fields. */
export function flagsOf({ input }: Pick<Flagged, 'input'>): Flag[] {
  const fields = Object.entries<Field>(input.shape);
  return fields.flatMap(([field, schema]) => {
    const meta = schema.meta() ?? {};
    if (meta.internal) return [];
    const flag: Flag = {
      field,
      flag: meta.flag ?? kebab(field),
      formerly: meta.formerly ?? [],
      description: schema.description ?? '',
      placeholder: meta.placeholder ?? 'value',
      kind: kindOf(schema, meta),
      bare: meta.bare ?? null,
      required: !schema.safeParse(undefined).success,
      isManifests: meta.manifests === true,
      file: meta.file ?? null,
      keyPair: meta.keyPair ?? null,
      completes: completesOf(schema, meta),
    };
    return [flag];
  });
}

function kindOf(schema: Field, meta: FlagMeta): Flag['kind'] {
  if (meta.repeatable) return 'pairs';
  if (meta.list) return 'list';
  if (meta.items) return 'items';
  if (meta.moment) return 'moment';
  if (schema.safeParse(true).success) return 'switch';
  return schema.safeParse(1).success || takesNumber(schema) ? 'number' : 'text';
}

/** Returns true for a number of any range. */
function takesNumber(schema: z.core.$ZodType): boolean {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodNullable)
    return takesNumber(schema.unwrap());
  return schema instanceof z.ZodNumber;
}

/** Adds flags to a command. {@link inputOf} reports all missing flags at once. */
export function addFlags(command: Command, flags: readonly Flag[]): void {
  for (const flag of flags) {
    const description = flag.required ? `${flag.description} (required)` : flag.description;
    const option = new Option(spelled(flag), description);
    if (flag.kind === 'pairs' || flag.kind === 'items')
      option.argParser((value: string, all: string[] = []) => [...all, value]);
    else if (flag.kind !== 'switch') option.argParser(once(option.long ?? flag.flag));
    command.addOption(completing(option, flag.completes));
    for (const name of flag.formerly) addFormer(command, flag, name);
  }
}

/** Adds a flag's name of an older version, hidden. */
function addFormer(command: Command, flag: Flag, name: string): void {
  command.addOption(completing(new Option(spelled({ ...flag, flag: name })).hideHelp(), flag.completes));
  command.on(`option:${name}`, (value: string | null) => {
    const known = optionName(flag.flag);
    once(`--${flag.flag}`)('', command.getOptionValue(known));
    command.setOptionValue(known, value ?? true);
  });
}

/** Parses a flag that may be given once: the first of two values would be ignored silently. */
export function once(flag: string): (value: string, earlier: unknown) => string {
  return (value, earlier) => {
    if (earlier === undefined) return value;
    throw new Failure('invalid', `${flag} is given twice`, {
      hint: 'Give it once.',
    });
  };
}

function spelled({ kind, bare, flag, placeholder }: Flag): string {
  if (kind === 'switch') return `--${flag}`;
  return bare === null ? `--${flag} <${placeholder}>` : `--${flag} [${placeholder}]`;
}

/** Returns the parsed input. Throws `invalid` with each wrong flag, its value and what is right. */
export function inputOf(
  operation: Flagged,
  flags: readonly Flag[],
  options: Record<string, unknown>,
): z.infer<z.ZodObject> {
  const raw: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const flag of flags) {
    const value = optionOf(options, flag.flag);
    if (value === undefined) {
      if (flag.required) problems.push(`--${flag.flag} is missing`);
      continue;
    }
    raw[flag.field] = given(flag, value, problems);
  }
  const fields = operation.input.shape as Readonly<Record<string, z.core.$ZodType>>;
  const parsed = operation.input.safeParse(raw);
  // Rules across flags make sense only when each flag could be read.
  const isReadable = problems.length === 0;
  if (problems.length === 0 && parsed.success) return parsed.data;
  for (const issue of parsed.success ? [] : parsed.error.issues) {
    if (issue.path.length === 0 && isReadable) problems.push(issue.message);
    const flag = flags.find(({ field }) => field === issue.path[0]);
    if (!flag || raw[flag.field] === undefined) continue;
    // A file may hold a secret.
    const typed = typedPart(optionOf(options, flag.flag), raw[flag.field], issue.path[1]);
    const value = flag.file === null ? ` ${shown(raw[flag.field], typed)}` : '';
    problems.push(`--${flag.flag}${value}: ${redactAddresses(wordsOf(issue, fields[flag.field]))}`);
  }
  throw new Failure('invalid', [...new Set(problems)].join('\n       '), {
    hint: `See: hecate ${operation.path.join(' ')} --help`,
  });
}

/** Characters of a value that a message repeats. */
const LONGEST_SHOWN = 200;

/** Returns what was typed for the part of a value that an issue is about: an item of a list, or a pair. */
function typedPart(typed: unknown, value: unknown, part: PropertyKey | undefined): unknown {
  if (typeof part === 'number' && Array.isArray(value)) return value[part];
  if (!Array.isArray(typed)) return typed;
  const pair = typed.find((one) => typeof part === 'string' && String(one).startsWith(`${part}=`)) as unknown;
  return pair ?? typed.join(' ');
}

function shown(value: unknown, typed: unknown): string {
  // A number is repeated as it was typed: a very large one is read as another, or as infinite.
  const text = typeof value === 'number' ? String(typed) : JSON.stringify(typeof value === 'object' ? typed : value);
  const json = redactLine(redactUrls(text));
  return json.length > LONGEST_SHOWN ? `${json.slice(0, LONGEST_SHOWN)}…` : json;
}

/** Returns a flag's value among a command's options. */
export function optionOf(options: Record<string, unknown>, flag: string): unknown {
  return options[optionName(flag)];
}

/** Returns the name of a flag's option: `tls-key` is `tlsKey`. */
export function optionName(flag: string): string {
  return flag.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** Returns a field's name as a flag: `authBypass` is `auth-bypass`, `tlsForceHTTPS` is `tls-force-https`. */
export function kebab(field: string): string {
  return field.replace(/[A-Z]+/g, (letters) => `-${letters.toLowerCase()}`);
}

/** Returns a flag's value as its field takes it. Adds a sentence to `problems` for each part that is wrong. */
export function given(flag: Flag, value: unknown, problems: string[]): unknown {
  if (flag.kind === 'pairs') return pairs(flag, value as string[], problems);
  if (flag.kind === 'items') return isNone(value as string[]) ? [] : value;
  if (flag.kind === 'moment') return moment(flag, String(value), problems);
  if (flag.kind === 'number') return value === '' || Number.isNaN(Number(value)) ? value : Number(value);
  if (flag.kind === 'list')
    return value === 'none'
      ? []
      : String(value)
          .split(',')
          .map((item) => item.trim());
  return value === true && flag.bare !== null ? flag.bare : value;
}

function moment({ flag }: Flag, text: string, problems: string[]): string | undefined {
  const at = timeOf(text, new Date()) ?? undefined;
  if (at === undefined) problems.push(`--${flag} ${JSON.stringify(text)}: ${notATime}`);
  return at;
}

function pairs(flag: Flag, values: readonly string[], problems: string[]): Record<string, string> {
  const record: Record<string, string> = {};
  if (isNone(values)) return record;
  for (const value of values) {
    const at = value.indexOf('=');
    const name = value.slice(0, at).trim();
    if (at < 1)
      problems.push(
        `--${flag.flag} ${JSON.stringify(value)}: ${at < 0 ? 'it has no =' : 'it has no name'}; give name=value`,
      );
    else if (name === '__proto__') problems.push(`--${flag.flag} ${JSON.stringify(value)}: ${name} cannot be set`);
    else if (Object.hasOwn(record, name))
      problems.push(`--${flag.flag} ${JSON.stringify(value)}: ${name} is given twice`);
    else record[name] = value.slice(at + 1);
  }
  return record;
}

function isNone(values: readonly string[]): boolean {
  return values.length === 1 && values[0] === 'none';
}

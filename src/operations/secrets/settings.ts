import { z } from 'zod';
import { creatableKinds, secretKindOf } from '../../domain/secrets/kinds.js';
import type { Secret } from '../../domain/resources/secret.js';
import type { Refusal } from '../../domain/refusal.js';
import { invalid } from '../refusals.js';

/** A setting of one or more kinds, as a flag. */
interface Setting {
  readonly field: string;
  /** The kinds that have it. */
  readonly kinds: readonly string[];
  readonly schema: z.ZodType;
}

/** The settings of all kinds of which people create secrets. Two kinds may share one only with the same schema. */
const settings: readonly Setting[] = [...settingsByField().entries()].map(([field, { kinds, schema }]) => ({
  ...{ field, kinds, schema },
}));

function settingsByField(): Map<string, { readonly kinds: string[]; readonly schema: z.ZodType }> {
  const found = new Map<string, { readonly kinds: string[]; readonly schema: z.ZodType }>();
  for (const { name, settings: own } of creatableKinds) {
    const shape: Readonly<Record<string, z.ZodType>> = own.shape;
    for (const [field, schema] of Object.entries(shape)) {
      const known = found.get(field);
      if (known === undefined) found.set(field, { kinds: [name], schema });
      else if (known.schema === schema) known.kinds.push(name);
      else throw new TypeError(`the setting ${field} of ${known.kinds.join(' and ')} and of ${name} differs`);
    }
  }
  return found;
}

/** The flags of settings, each of which may be left out. `none` takes a setting away. */
export const settingFlags: Readonly<Record<never, z.ZodType>> = Object.fromEntries(
  settings.map((setting) => [setting.field, flagOf(setting)]),
);

function flagOf({ kinds, schema }: Setting): z.ZodType {
  const inner = withoutDefault(schema);
  const meta = { ...schema.meta(), description: `${kinds.join(' and ')}: ${schema.description ?? ''}` };
  if (inner instanceof z.ZodBoolean)
    return z
      .enum(['on', 'off'])
      .optional()
      .meta({ placeholder: 'on|off', bare: 'on', ...meta });
  if (inner instanceof z.ZodNullable)
    return z
      .union([z.literal('none'), inner.unwrap() as z.ZodType])
      .optional()
      .meta(meta);
  return inner.optional().meta(meta);
}

function withoutDefault(schema: z.ZodType): z.ZodType {
  return schema instanceof z.ZodDefault ? (schema.unwrap() as z.ZodType) : schema;
}

/** Input of a command with {@link settingFlags}. */
export type GivenSettings = Readonly<Record<string, unknown>>;

/** Returns true when a command gives a setting. */
export function givesSettings(input: object): boolean {
  return given(input).length > 0;
}

function given(input: object): readonly (Setting & { readonly value: unknown })[] {
  const values = input as GivenSettings;
  return settings.flatMap((setting) =>
    values[setting.field] === undefined ? [] : [{ ...setting, value: values[setting.field] }],
  );
}

/** Returns the refusal of a setting that the kind of a secret lacks; null: it has all that a command gives. */
export function settingsRefusal(input: object, { name, kind }: Pick<Secret, 'name' | 'kind'>): Refusal | null {
  const foreign = given(input).find(({ kinds }) => !kinds.includes(kind));
  if (foreign === undefined) return null;
  const { field, kinds } = foreign;
  const own = settings.filter((one) => one.kinds.includes(kind)).map((one) => flagName(one.field));
  return invalid(
    'setting-of-other-kind',
    `${flagName(field)} is a setting of secrets of the kind ${kinds.join(' and ')}, and ${name} is of the kind ${kind}`,
    own.length === 0 ? `Leave it out: ${kind} has no settings.` : `Settings of ${kind}: ${own.join(', ')}.`,
  );
}

/** Returns the settings of a secret with those of a command changed, each with its default. Expects that none is refused. */
export function withSettings(input: object, { kind, settings: before }: Pick<Secret, 'kind' | 'settings'>) {
  const changed = given(input).map(({ field, schema, value }) => [field, settingOf(schema, value)] as const);
  return secretKindOf(kind).settings.parse({ ...before, ...Object.fromEntries(changed) });
}

function settingOf(schema: z.ZodType, value: unknown): unknown {
  const inner = withoutDefault(schema);
  if (inner instanceof z.ZodBoolean) return value === 'on';
  return inner instanceof z.ZodNullable && value === 'none' ? null : value;
}

function flagName(field: string): string {
  return `--${field.replace(/[A-Z]+/g, (letters) => `-${letters.toLowerCase()}`)}`;
}

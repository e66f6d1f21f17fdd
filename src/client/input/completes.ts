import type { Argument, Option } from 'commander';
import { z } from 'zod';
import type { FlagMeta, NameSource } from '../../operations/operation.js';

/** The values of a flag or an argument that the shell can complete; `{}`: none are known. */
export interface Completes {
  /** Names that exist. */
  readonly names?: NameSource;
  readonly choices?: readonly string[];
  /** Files or folders of this machine. */
  readonly paths?: 'file' | 'folder';
  /** Several values, separated by commas. */
  readonly isList?: boolean;
  /** The flag may be given more than once. */
  readonly repeats?: boolean;
}

const known = new WeakMap<Option | Argument, Completes>();

/** Attaches to an option or an argument what the shell completes for it. Returns the option. */
export function completing<T extends Option | Argument>(one: T, completes: Completes): T {
  known.set(one, completes);
  return one;
}

/** Sources of completion for an option or an argument. Commander's own choices need no {@link completing}. */
export function completionOf(one: Option | Argument): Completes {
  return known.get(one) ?? (one.argChoices ? { choices: one.argChoices } : {});
}

/** Derives what the shell completes for an operation's field from its type and its metadata. */
export function completesOf(field: z.core.$ZodType, meta: FlagMeta): Completes {
  const choices = [...choicesOf(field), ...(meta.suggests ?? [])];
  return {
    ...(meta.names === undefined ? {} : { names: meta.names }),
    ...(choices.length === 0 ? {} : { choices }),
    ...(meta.file === undefined ? {} : { paths: 'file' }),
    ...(meta.manifests ? { paths: 'folder' } : {}),
    ...(meta.list ? { isList: true } : {}),
    ...(meta.repeatable || meta.items ? { repeats: true } : {}),
  };
}

/** The values that a type lists: of an enum, a literal, or a union or list of them. */
function choicesOf(type: z.core.$ZodType): string[] {
  if (type instanceof z.ZodOptional || type instanceof z.ZodDefault || type instanceof z.ZodNullable) {
    return choicesOf(type.unwrap());
  }
  if (type instanceof z.ZodPipe) return choicesOf(type.in);
  if (type instanceof z.ZodArray) return choicesOf(type.element);
  if (type instanceof z.ZodUnion) return type.options.flatMap(choicesOf);
  if (type instanceof z.ZodEnum) return type.options.map(String);
  return type instanceof z.ZodLiteral ? [...type.values].map(String) : [];
}

import type { Command, Option } from 'commander';
import type { NameSource } from '../../operations/operation.js';
import { completionOf, type Completes } from '../input/completes.js';

/** One value that fits at the cursor. */
export interface Candidate {
  readonly value: string;
  readonly description?: string;
}

/** Looks up names that the log or Temporal holds. */
export type NameLookup = (names: NameSource) => Promise<readonly Candidate[]>;

/**
 * Completes the last of these words, which may be empty. Returns the values that fit there: those of a flag or an
 * argument that takes one, else commands, else flags. `:file` and `:folder` ask the shell to complete paths.
 */
export async function complete(
  program: Command,
  words: readonly string[],
  lookup: NameLookup,
): Promise<readonly Candidate[]> {
  const { words: whole, broken } = joined(words);
  const candidates = await candidatesFor(program, whole, lookup);
  // Bash replaces only what follows the last `=` or `:`.
  return candidates.map((one) =>
    one.value.startsWith(broken) ? { ...one, value: one.value.slice(broken.length) } : one,
  );
}

async function candidatesFor(program: Command, words: readonly string[], lookup: NameLookup): Promise<Candidate[]> {
  const current = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  // The words after `help` are a command's.
  if (before[0] === 'help') return matching(commandsAt(program, cursorIn(program, before.slice(1))), current);
  const at = cursorIn(program, before);
  const [, flag, text] = /^(--[^=]+)=(.*)$/s.exec(current) ?? [];
  if (flag !== undefined && text !== undefined) {
    const option = optionNamed(at.command, flag);
    return option ? valuesOf(completionOf(option), text, lookup, `${flag}=`) : [];
  }
  if (at.option?.required) return valuesOf(completionOf(at.option), current, lookup);
  if (current.startsWith('-')) return matching(flagsAt(at), current);
  const optional = at.option ? await valuesOf(completionOf(at.option), current, lookup) : [];
  if (optional.length > 0) return optional;
  const argument = at.command.registeredArguments[at.positionals];
  const values = argument ? await valuesOf(completionOf(argument), current, lookup) : [];
  const next = [...matching(commandsAt(program, at), current), ...values];
  if (argument?.required || isGroup(at.command)) return next;
  return [...next, ...matching(flagsAt(at), current)];
}

/** Position of the cursor in a command line. */
interface Cursor {
  readonly command: Command;
  /** The option whose value fits here; null: none. */
  readonly option: Option | null;
  readonly given: ReadonlySet<Option>;
  /** Arguments before the cursor. */
  readonly positionals: number;
  readonly saysHecate: boolean;
}

function cursorIn(program: Command, words: readonly string[]): Cursor {
  const given = new Set<Option>();
  let command = program;
  let option: Option | null = null;
  let positionals = 0;
  let saysHecate = false;
  for (const word of words) {
    if (option !== null && (option.required || !word.startsWith('-'))) {
      option = null;
      continue;
    }
    option = null;
    if (word.startsWith('-')) {
      const named = optionNamed(command, word.split('=', 1)[0] ?? '');
      if (!named) continue;
      given.add(named);
      if ((named.required || named.optional) && !word.includes('=')) option = named;
      continue;
    }
    const inner = command.commands.find((one) => one.name() === word);
    if (inner) command = inner;
    else if (word === 'hecate' && program.name() === 'eos') saysHecate = true;
    else positionals++;
  }
  return { command, option, given, positionals, saysHecate };
}

/** Also of the commands around it, since `-o` may stand before a noun. */
function optionNamed(command: Command | null, flag: string): Option | undefined {
  if (command === null) return undefined;
  return command.options.find((one) => one.long === flag || one.short === flag) ?? optionNamed(command.parent, flag);
}

function commandsAt(program: Command, { command, saysHecate }: Cursor): Candidate[] {
  const own = command.commands
    .filter((inner) => !isHidden(inner))
    .map((inner) => ({ value: inner.name(), description: inner.description() }));
  const isVerb = command.parent === program && command.commands.length > 0;
  const through = program.name() === 'eos' && isVerb && !saysHecate ? [{ value: 'hecate' }] : [];
  return [...through, ...own];
}

/** A verb such as `create` does nothing itself. */
function isGroup({ commands, options }: Command): boolean {
  return commands.length > 0 && options.every(({ hidden }) => hidden);
}

function isHidden(command: Command): boolean {
  return !(command.parent?.createHelp().visibleCommands(command.parent).includes(command) ?? true);
}

function flagsAt({ command, given }: Cursor): Candidate[] {
  const options = command.options
    .filter((option) => !option.hidden && (!given.has(option) || completionOf(option).repeats))
    .map((option) => ({ value: option.long ?? option.short ?? '', description: option.description }));
  return [...options, { value: '--help', description: 'display help for command' }];
}

/** A shell may give `--domain=app` as three words and `localhost:3000` too. `broken` is the text before the last part. */
function joined(words: readonly string[]): { readonly words: readonly string[]; readonly broken: string } {
  const whole: string[] = [];
  let broken = '';
  let isOpen = false;
  for (const [at, word] of words.entries()) {
    const last = whole.at(-1);
    const joins = last !== undefined && (isOpen || /^[:=]+$/.test(word));
    if (joins) whole[whole.length - 1] = last + word;
    else whole.push(word);
    isOpen = /^[:=]+$/.test(word) && last !== undefined;
    if (at === words.length - 1 && joins) broken = isOpen ? last + word : last;
  }
  return { words: whole, broken };
}

async function valuesOf(
  { names, choices = [], paths, isList = false }: Completes,
  current: string,
  lookup: NameLookup,
  prefix = '',
): Promise<Candidate[]> {
  const before = isList ? current.slice(0, current.lastIndexOf(',') + 1) : '';
  const found = names === undefined ? [] : await lookup(names);
  const values = [...found, ...choices.map((value) => ({ value }))];
  const whole = values.map((one) => ({ ...one, value: prefix + before + one.value }));
  return [...(paths === undefined ? [] : [{ value: `:${paths}` }]), ...matching(whole, prefix + current)];
}

function matching(candidates: readonly Candidate[], current: string): Candidate[] {
  return candidates.filter(({ value }) => value.startsWith(current));
}

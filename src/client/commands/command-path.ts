import type { Command } from 'commander';
import { nearest } from '../../domain/data/nearest.js';
import { Failure } from '../../ports/failure.js';

/** The command at the end of a path, and the words of the path that name no command. */
export interface Walked {
  readonly command: Command;
  readonly path: readonly string[];
  readonly rest: readonly string[];
}

/** Follows words from a program down its commands, as far as they name one. Options and their values are skipped. */
export function walk(program: Command, words: readonly string[]): Walked {
  const names = withoutOptions(program, words);
  let command = program;
  for (const [at, name] of names.entries()) {
    const inner = command.commands.find((one) => one.name() === name);
    if (!inner) return { command, path: names.slice(0, at), rest: names.slice(at) };
    command = inner;
  }
  return { command, path: names, rest: [] };
}

/** The error for words that name no command, with the nearest one that exists; null: they name one. */
export function unknownCommand(program: Command, words: readonly string[]): Failure | null {
  const { command, path, rest } = walk(program, words);
  const [first] = rest;
  if (first === undefined || command.registeredArguments.length > 0) return null;
  // Behind an option a word may be the option's value, so only words right after the command are checked.
  if (command.commands.length === 0 && !words.join(' ').startsWith([...path, first].join(' '))) return null;
  // `hecate update help route` is Commander's own.
  if (first === 'help') return null;
  const kindless = missingKind(program, { command, path, rest }, words);
  if (kindless !== null) return kindless;
  const typed = [...path, ...rest].slice(0, LONGEST_PATH);
  const name = program.name();
  return new Failure('invalid', `unknown command: ${spelledOut(name, typed)}`, { hint: hintFor(program, typed, path) });
}

/** The error for a group of commands, such as `create schedule`, whose options stand where the kind does; null: it is none. */
function missingKind(program: Command, { command, path }: Walked, words: readonly string[]): Failure | null {
  const [first] = command.commands;
  const at = placeBehind(words, path);
  if (path.length < 2 || first === undefined || !(words[at] ?? '').startsWith('-')) return null;
  const kinds = command.commands.map((one) => one.name());
  const example = [spelledOut(program.name(), [...path, first.name()]), ...words.slice(at).map(quoted)].join(' ');
  return new Failure('invalid', `the kind of ${path.at(-1)} is missing (${kinds.join(', ')})`, {
    hint: `For example: ${example}`,
  });
}

/** Returns a word as a shell takes it. */
function quoted(word: string): string {
  return /^[\w.,:=/@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

/** Returns the place behind the last word of a path. */
function placeBehind(words: readonly string[], path: readonly string[]): number {
  let at = 0;
  for (const name of path) at = words.indexOf(name, at) + 1;
  return at;
}

/** A command line of this program: through `eos` the word `hecate` stands after the verb. */
export function spelledOut(name: string, [verb, ...rest]: readonly string[]): string {
  if (verb === undefined) return name;
  return [name, verb, ...(name === 'eos' ? ['hecate'] : []), ...rest].join(' ');
}

/** `update state reconcile` and `read test auth` have three words. */
const LONGEST_PATH = 3;

/** Names of other programs, and of older versions, for the verbs of this one. */
const SYNONYMS: Readonly<Record<string, string>> = {
  ...{ get: 'read', show: 'read', describe: 'read', ls: 'list', add: 'create', new: 'create' },
  ...{ edit: 'update', set: 'update', change: 'update', remove: 'delete', rm: 'delete', rename: 'move' },
};

/** Words for something that is done by a command of another name. The first entry whose word is typed is taken. */
const RELATED: readonly (readonly [word: string, path: string])[] = [
  ['restore', 'backup restore'],
  ['snapshot', 'backup full'],
  ['metrics', 'read metrics'],
  ['monitor', 'read monitor'],
  ['health', 'read health'],
  ['debug', 'read route health'],
  ['dns', 'read route health'],
  ['verify', 'read verify'],
  ['config', 'update state reconcile'],
  ['reconcile', 'update state reconcile'],
  ['drift', 'update state reconcile'],
  ['webhook', 'create schedule reconcile'],
  ['rotate', 'update secret rotate'],
  ['bypass', 'update route'],
  ['failover', 'update route'],
  ['promote', 'update route'],
  ['canary', 'update route'],
  ['log', 'history'],
  ['audit', 'history'],
  ['operation', 'list operations'],
];

/** Names the command that does what these words ask for, with its summary; null: none does. */
function relatedTo(program: Command, typed: readonly string[]): string | null {
  const related = RELATED.find(([word]) => typed.includes(word));
  if (!related) return null;
  const path = related[1].split(' ');
  return `The nearest command: ${spelledOut(program.name(), path)} (${walk(program, path).command.description()})`;
}

function hintFor(program: Command, typed: readonly string[], path: readonly string[]): string {
  const name = program.name();
  const didYouMean = (meant: readonly string[]) => `Did you mean: ${spelledOut(name, meant)}`;
  const paths = pathsOf(program, []);
  const [first = '', ...others] = typed;
  const synonym = path.length === 0 ? SYNONYMS[first] : undefined;
  const meant = synonym === undefined ? undefined : nearestPath(paths, [synonym, ...others]);
  const found =
    meant ??
    nearestPath(
      paths.filter((one) => one.length > path.length),
      typed,
    );
  // A word that is no misspelling of another one, although a long path with it looks similar.
  const isWordOfPath = (word: string) => paths.some((one) => one.includes(word));
  const foreign = relatedTo(
    program,
    typed.filter((word) => !isWordOfPath(word)),
  );
  if (foreign !== null) return foreign;
  if (found) return didYouMean(found);
  if (path.length > 0 && walk(program, path).command.commands.length === 0) return didYouMean(path);
  const related = relatedTo(program, typed);
  if (related !== null) return related;
  const alone = paths.find((one) => one.length === 1 && others.includes(one[0] ?? ''));
  if (alone) return didYouMean(alone);
  const verbs = paths.filter(([, one]) => one === first).map(([verb]) => verb);
  if (typed.length === 1 && verbs.length > 0) {
    return `Put a verb before it (${verbs.join(', ')}), such as: ${spelledOut(name, [verbs[0] ?? '', first])}`;
  }
  return `List the commands: ${[spelledOut(name, path), '--help'].join(' ')}`;
}

/** The path that is spelled almost so, in this order of words or in another. */
function nearestPath(paths: readonly (readonly string[])[], typed: readonly string[]): readonly string[] | undefined {
  for (let length = typed.length; length > 0; length--) {
    const words = typed.slice(0, length);
    const longer = length > 1 ? paths.find((one) => words.every((word) => one.includes(word))) : undefined;
    if (longer) return longer;
    for (const spelling of [(path: readonly string[]) => path.join(' '), sorted]) {
      const close = nearest(spelling(words), paths.map(spelling));
      const found = paths.find((path) => spelling(path) === close);
      if (found) return found;
    }
  }
  return undefined;
}

function sorted(words: readonly string[]): string {
  return [...words].sort().join(' ');
}

function pathsOf(command: Command, path: readonly string[]): (readonly string[])[] {
  const inner = command.commands.flatMap((one) => pathsOf(one, [...path, one.name()]));
  return path.length === 0 ? inner : [path, ...inner];
}

/** Words before the first `--` that are neither options nor an option's value. */
function withoutOptions(program: Command, words: readonly string[]): string[] {
  const names: string[] = [];
  let command = program;
  let isKnown = true;
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    if (word === '--') break;
    if (!word.startsWith('-')) {
      names.push(word);
      const inner = command.commands.find((one) => one.name() === word);
      isKnown = isKnown && inner !== undefined;
      command = inner ?? command;
      continue;
    }
    // The flags of an unknown command are unknown too.
    if (!isKnown) break;
    const option = [...command.options, ...program.options].find((one) => one.long === word || one.short === word);
    if (option?.required) at++;
  }
  return names;
}

import { CommanderError } from 'commander';
import { Failure } from '../../ports/failure.js';
import { hasPrinted, print, type OutputFormat } from './output.js';
import { exitCodeOf } from '../../domain/refusal.js';
import { toStderr } from './visible.js';

/** An error as data; programs read it where they would read the answer. */
export interface ErrorData {
  readonly error: { readonly kind: string; readonly message: string; readonly hint: string | null };
}

/**
 * Prints an error that ends the command as data, where the command line asks for that. A command that printed its answer
 * already prints no second one.
 */
export async function printError(error: unknown, words: readonly string[]): Promise<void> {
  const format = formatIn(words);
  const isNoError = error instanceof CommanderError && error.exitCode === 0;
  if (format === 'table' || isNoError || hasPrinted()) return;
  await print(format, dataOf(error), () => '');
}

/** What a dry run or an operation was refused with, as data. */
export function errorData({ kind, message, hint }: { kind: string; message: string; hint?: string }): ErrorData {
  return { error: { kind, message, hint: hint ?? null } };
}

function dataOf(error: unknown): ErrorData {
  if (error instanceof Failure) {
    const { hint } = error.details;
    return errorData({ kind: error.kind, message: error.message, ...(hint ? { hint } : {}) });
  }
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof CommanderError)) return errorData({ kind: 'bug', message });
  if (error.code === 'commander.help') return errorData({ kind: 'invalid', message: 'the command is not complete' });
  const [first = '', hint] = message.replace(/^error: /, '').split('\n', 2);
  return errorData({ kind: 'invalid', message: first, ...(hint ? { hint: hint.replace(/^\((.*)\)$/, '$1') } : {}) });
}

/** The format that a command line asks for, also one that cannot be read otherwise. */
function formatIn(words: readonly string[]): OutputFormat {
  const end = words.indexOf('--');
  const said = words.slice(0, end < 0 ? words.length : end).flatMap((word, at) => {
    if (word === '-o' || word === '--output') return words[at + 1] ?? [];
    return /^(?:--output=|-o=?)(.+)$/.exec(word)?.[1] ?? [];
  });
  const last = said.at(-1);
  return last === 'json' || last === 'yaml' ? last : 'table';
}

/** Says on stderr what went wrong and the way out; answers the exit code. */
export function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof Failure) {
    toStderr(`error: ${error.message}${error.details.hint ? `\nhint: ${error.details.hint}` : ''}`);
    return exitCodeOf(error.kind);
  }
  toStderr(`bug: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  return 70;
}

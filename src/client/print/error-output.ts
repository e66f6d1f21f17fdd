import { CommanderError } from 'commander';
import { Failure } from '../../ports/failure.js';
import { asTyped } from './as-typed.js';
import { hasPrinted, print, type OutputFormat } from './output.js';
import { exitCodeOf } from '../../domain/refusal.js';
import { toStderr } from './visible.js';

/** An error as data, on stdout in place of the answer. */
export interface ErrorData {
  readonly error: { readonly kind: string; readonly message: string; readonly hint: string | null };
}

/** Prints the error of a command as data, where `-o` asks for data and the command has not printed an answer. */
export async function printError(error: unknown, words: readonly string[]): Promise<void> {
  const format = formatIn(words);
  const isNoError = error instanceof CommanderError && error.exitCode === 0;
  if (format === 'table' || isNoError || hasPrinted()) return;
  await print(format, dataOf(error), () => '');
}

/** Returns an error as data. */
export function errorData({ kind, message, hint }: { kind: string; message: string; hint?: string }): ErrorData {
  return { error: { kind, message: asTyped(message), hint: hint === undefined ? null : asTyped(hint) } };
}

function dataOf(error: unknown): ErrorData {
  if (error instanceof Failure) {
    const { hint } = error.details;
    return errorData({ kind: error.kind, message: error.message, ...(hint ? { hint } : {}) });
  }
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof CommanderError)) return errorData({ kind: 'bug', message });
  if (error.code === 'commander.help') return errorData({ kind: 'invalid', message: 'the command is incomplete' });
  const [first = '', hint] = message.replace(/^error: /, '').split('\n', 2);
  return errorData({ kind: 'invalid', message: first, ...(hint ? { hint: hint.replace(/^\((.*)\)$/, '$1') } : {}) });
}

/** Returns the format in a command line, which need not be valid. */
function formatIn(words: readonly string[]): OutputFormat {
  const end = words.indexOf('--');
  const said = words.slice(0, end < 0 ? words.length : end).flatMap((word, at) => {
    if (word === '-o' || word === '--output') return words[at + 1] ?? [];
    return /^(?:--output=|-o=?)(.+)$/.exec(word)?.[1] ?? [];
  });
  const last = said.at(-1);
  return last === 'json' || last === 'yaml' ? last : 'table';
}

/** Prints an error and its hint on stderr. Returns the exit code. */
export function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof Failure) {
    toStderr(`error: ${error.message}${error.details.hint ? `\nhint: ${error.details.hint}` : ''}`);
    return exitCodeOf(error.kind);
  }
  toStderr(`bug: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  return 70;
}

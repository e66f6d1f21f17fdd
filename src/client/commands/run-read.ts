import { setTimeout as sleep } from 'node:timers/promises';
import { flagsOf, inputOf } from '../input/flags.js';
import { print, printLine, printText, type OutputFormat } from '../print/output.js';
import { printPaged } from '../print/pager.js';
import { toStderr } from '../print/visible.js';
import type { Answer, Read, ReadContext } from '../reads/read.js';

/** The options that every read takes beside its own flags. */
export interface ReadOptions extends Readonly<Record<string, unknown>> {
  readonly output: OutputFormat;
  /** A time or a sequence. */
  readonly at?: string;
}

/** Runs a read and prints its answers; returns the exit code of the last one. Throws `invalid` for flags that do not fit. */
export async function runRead(read: Read, options: ReadOptions): Promise<number> {
  const input = inputOf(read, flagsOf(read), options);
  for (let round = 0; ; round++) {
    const answer = await read.answer(input, contextOf(options, round));
    if (answer.isEndless) process.on('SIGINT', () => process.exit(answer.exitCode ?? 0));
    await show(answer, options.output);
    if (answer.askAgainAfterMs === undefined) return answer.exitCode ?? 0;
    await sleep(answer.askAgainAfterMs);
  }
}

const NAMES = async () => (await import('../../adapters/machine/name-records.js')).nameServers;

function contextOf({ at, output }: ReadOptions, round: number): ReadContext {
  return {
    now: new Date().toISOString(),
    output,
    round,
    look: async () => (await import('../reads/index.js')).look(at),
    operatorHere: async () => (await import('../reads/index.js')).operatorHere(),
    withLog: async (use) => (await import('../reads/index.js')).withLog(use),
    withObservations: async (use) => (await import('../reads/index.js')).withObservations(use),
    withAlerts: async (use) => (await import('../reads/index.js')).withAlerts(use),
    withFigures: async (use) => (await import('../reads/index.js')).withFigures(use),
    names: {
      records: async (name, resolvers) => (await NAMES()).records(name, resolvers),
      connectionProblem: async (address, port) => (await NAMES()).connectionProblem(address, port),
    },
    settings: (name) => process.env[name] ?? '',
    withWorker: async (use) => (await import('../run/index.js')).withOperations(use),
  };
}

async function show(
  { lines, data, isDocuments, isLong, text, talk = [] }: Answer,
  output: OutputFormat,
): Promise<void> {
  for (const line of talk) toStderr(line);
  if (lines !== undefined) return lines(printLine);
  if (data === undefined) return;
  if (output === 'yaml' && isDocuments) return printText(await documents(data as readonly object[]));
  if (output === 'table' && isLong && process.stdout.isTTY) return printPaged(text());
  await print(output, data, text);
}

async function documents(list: readonly object[]): Promise<string> {
  const { stringify } = await import('yaml');
  return list
    .map((one) => stringify(one, { lineWidth: 0 }))
    .join('---\n')
    .trimEnd();
}

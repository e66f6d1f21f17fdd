import type { Command } from 'commander';
import { readExitCodes } from '../print/exit-codes.js';
import { addOutput } from './output-option.js';
import type { DiffOptions } from '../reads/diff.js';
import type { HistoryOptions } from '../reads/history.js';

/** The commands that look at the log as a history. */
export function addTimeCommands(program: Command): void {
  addOutput(program.command('history').description('Who changed what, when, why, and how it ended'))
    .option('--domain <domain>', 'only what concerns this domain')
    .option('--resource <kind/name>', 'only what concerns this resource, such as Upstream/api-backend')
    .option('--actor <name>', 'only what this actor did')
    .option('--operation <key>', 'only this operation, such as route.update')
    .option('--from <time>', 'only from this time or sequence on')
    .option('--to <time>', 'only up to this time or sequence')
    .option('--limit <n>', 'the newest N commits (default: all)')
    .addHelpText('after', `\nExamples:\n${lines(historyExamples)}\n\n${readExitCodes}`)
    .action(async (options: HistoryOptions) => (await import('../reads/index.js')).showHistory(options));
  addOutput(program.command('diff').description('What differs between two moments, field by field'))
    .requiredOption('--from <time>', 'a time, such as “2h ago”, or a commit’s sequence')
    .option('--to <time>', 'the same (default: now)')
    .option('--exit-code', 'end with 8 when something differs')
    .addHelpText(
      'after',
      `\nExamples:\n${lines(diffExamples)}\n\n${readExitCodes}\n  8    with --exit-code: something differs`,
    )
    .action(async (options: DiffOptions) => {
      process.exitCode = await (await import('../reads/index.js')).showDiff(options);
    });
}

const historyExamples = [
  'history --domain app.example.com --limit 5',
  'history --resource Upstream/api-backend --from "1d ago"',
  'history --actor ada --operation route.update --from "2024-01-15 22:00" --to "2024-01-16 06:00"',
];

const diffExamples = ['diff --from "8h ago"', 'diff --from 2024-01-15T10:00:00Z --to 42 -o json'];

function lines(examples: readonly string[]): string {
  return examples.map((line) => `  hecate ${line}`).join('\n');
}

import { Option, type Command } from 'commander';
import { completing } from '../input/completes.js';
import { once } from '../input/flags.js';
import { auditExitCodes, auditVerifyExitCodes, checkpointExitCodes, notaryKeyExitCodes } from '../print/exit-codes.js';
import type * as audits from '../audit/index.js';

/** Adds `audit`, `audit verify`, `audit checkpoint` and `audit key`. */
export function addAudit(program: Command, addOutput: (command: Command) => Command): void {
  const load = () => import('../audit/index.js');
  const format = new Option('--format <format>', 'jsonl: a JSON object a line; table: a line for a person').choices([
    'jsonl',
    'table',
  ]);
  const audit = program
    .command('audit')
    .description('Print who did what, proven by which key, from where, why and how it ended; refused attempts too')
    .option('--from <time>', 'only from this time or sequence on', once('--from'))
    .option('--to <time>', 'only up to this time or sequence', once('--to'))
    .option('--operator <name>', 'only of this operator', once('--operator'))
    .option('--operation <key>', 'only this operation, such as route.update', once('--operation'))
    .option('--outcome <outcome>', 'only operations that ended so, such as refused', once('--outcome'))
    .option('--domain <domain>', 'only what concerns this domain', once('--domain'))
    .option('--resource <kind/name>', 'only what concerns this resource', once('--resource'))
    .addOption(format.default('jsonl'))
    .addOption(new Option('-o, --output <format>', 'json or table').choices(['json', 'table']).hideHelp())
    .addHelpText(
      'after',
      help(
        ['--from "7d ago"', '--operator ada --from "2024-01-15" --to "2024-01-16" --format table', '--outcome refused'],
        auditExitCodes,
      ),
    )
    .action(async (options: audits.AuditOptions, command: Command) =>
      (await load()).audit({ ...options, format: formatOf(command, options.format) }),
    );
  const key = new Option('--key <file>', 'file with the notary’s public key, as `audit key` prints it');
  addOutput(audit.command('verify').description('Prove that the log is the one that was there before'))
    .addOption(
      new Option(
        '--checkpoint <place>',
        'a file, URL or s3://bucket/prefix/ with checkpoints, beside those of this home; repeatable',
      ).argParser((one: string, all: string[] = []) => [...all, one]),
    )
    .addOption(completing(key, { paths: 'file' }).argParser(once('--key')))
    .addHelpText(
      'after',
      help(
        ['verify --key notary.pub', 'verify --key notary.pub --checkpoint s3://audit-bucket/hecate/'],
        auditVerifyExitCodes,
      ),
    )
    .action(async (options: audits.VerifyOptions) => void (process.exitCode = await (await load()).verify(options)));
  audit
    .command('checkpoint')
    .description('Have the notary sign the head of the log now, and print it')
    .addHelpText('after', help(['checkpoint'], checkpointExitCodes))
    .action(async () => void (process.exitCode = await (await load()).checkpoint()));
  audit
    .command('key')
    .description('Print the notary’s public key')
    .addHelpText('after', help(['key'], notaryKeyExitCodes))
    .action(async () => (await load()).key());
}

/** `--format` counts before `-o`, and that of the command before that of the program. */
function formatOf(command: Command, format: audits.AuditOptions['format']): audits.AuditOptions['format'] {
  if (command.getOptionValueSource('format') === 'cli') return format;
  const { output } = command.getOptionValueSource('output') === 'cli' ? command.opts() : (command.parent?.opts() ?? {});
  return output === 'table' ? 'table' : 'jsonl';
}

function help(lines: readonly string[], codes: string): string {
  return `\nExamples:\n${lines.map((line) => `  hecate audit ${line}`).join('\n')}\n\n${codes}`;
}

import { Option, type Command } from 'commander';
import { lintRules } from '../../domain/lint/lint.js';
import { problemTitles } from '../../domain/manifests/problems.js';
import { fileExitCodes, validateExitCodes } from '../print/exit-codes.js';
import { manifestKinds } from '../../domain/manifests/manifest.js';
import type { ManifestKind } from '../../domain/resources/kinds.js';
import type { ExportOptions } from '../manifests/export.js';
import type { ImportOptions } from '../manifests/import.js';
import type { ValidateOptions } from '../manifests/validate.js';
import { addOutput, addPast } from './output-option.js';

/** Adds the commands that read and write manifests as files. */
export function addManifests(verb: (text: string) => Command, program: Command): void {
  addValidate(verb('update'));
  addExport(program);
  addSchema(program);
  addImport(verb('import'));
}

function addValidate(update: Command): void {
  update
    .command('validate')
    .description('Check a folder of manifests: schema, references, best practices. Changes nothing')
    .requiredOption('--from-git <dir>', 'folder of *.yaml, *.yml and *.json')
    .option('--ignore <code>', 'leave out what a rule says; repeatable', (code: string, all: string[] = []) => [
      ...all,
      code,
    ])
    .option('--strict', 'warnings fail too')
    .option('--offline', 'look references up in the folder alone, not in the log')
    .addOption(
      new Option('-o, --output <format>', 'table, json, yaml or sarif')
        .choices(['table', 'json', 'yaml', 'sarif'])
        .default('table'),
    )
    .addHelpText(
      'after',
      () => `\nExamples:\n  hecate update validate --from-git .hecate/\n\n${codes()}\n\n${validateExitCodes}`,
    )
    .action(async (options: ValidateOptions) => {
      process.exitCode = await (await import('../manifests/index.js')).validate(options);
    });
}

function codes(): string {
  const problems = Object.entries(problemTitles).map(([code, title]) => ({ code, severity: 'error', title }));
  const lines = [...problems, ...lintRules].map(
    ({ code, severity, title }) => `  ${code}  ${severity.padEnd(7)}  ${title}`,
  );
  return `Codes (errors cannot be ignored):\n${lines.join('\n')}\n
Practices that no manifest shows are not checked: canaries and their limits belong to running operations, which have them
in their own plan; reconciling, backups and rotation are schedules.`;
}

function addExport(program: Command): void {
  addPast(
    program.command('export').description('Write what the log holds as manifests, one file each; of secrets no value'),
  )
    .requiredOption('--to <dir>', 'folder to write into')
    .option('--force', 'overwrite files that an export did not write, or that were edited since')
    .addHelpText('after', `\nExamples:\n  hecate export --to .hecate/\n\n${fileExitCodes}`)
    .action(async (options: ExportOptions) => (await import('../manifests/index.js')).exportTo(options));
}

const schemaHelp = `
Examples:
  hecate schema > hecate.schema.json

Editors that speak yaml-language-server complete and check a file that begins with
  # yaml-language-server: $schema=../../hecate.schema.json
Keep the schema outside the folder of manifests: every *.json in there is read as one.

${fileExitCodes}`;

function addSchema(program: Command): void {
  program
    .command('schema')
    .description('Print the JSON Schema of manifests, for editors')
    .addOption(new Option('--kind <kind>', 'of one kind only').choices(manifestKinds))
    .addHelpText('after', schemaHelp)
    .action(async ({ kind }: { kind?: ManifestKind }) => (await import('../manifests/index.js')).printSchema(kind));
}

const importHelp = `
What maps exactly becomes routes and upstreams. What does not is listed with its JSON path and the reason, and its host is
left out whole, so that applying the manifests changes no answer.

Examples:
  hecate import caddy --from /etc/caddy/Caddyfile --to .hecate/

${fileExitCodes}`;

function addImport(parent: Command): void {
  const source = 'admin address, *.json or Caddyfile (default: the Caddy that Hecate uses)';
  addOutput(parent.command('caddy').description('Turn an existing Caddy configuration into manifests'))
    .option('--from <source>', source)
    .option('--to <dir>', 'folder to write into (default: print)')
    .option('--force', 'overwrite files that were not written so, or were edited since')
    .addHelpText('after', importHelp)
    .action(async (options: ImportOptions) => (await import('../manifests/index.js')).importFromCaddy(options));
}

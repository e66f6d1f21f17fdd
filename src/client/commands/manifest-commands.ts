import { Option, type Command } from 'commander';
import { lintRules } from '../../domain/lint/lint.js';
import { manifestKinds } from '../../domain/manifests/manifest.js';
import { problemTitles } from '../../domain/manifests/problems.js';
import type { ManifestKind } from '../../domain/resources/kinds.js';
import { completing } from '../input/completes.js';
import type { ExportOptions } from '../manifests/export.js';
import type { ImportOptions } from '../manifests/import.js';
import type { ValidateOptions } from '../manifests/validate.js';
import { fileExitCodes, programExitCodes, validateExitCodes } from '../print/exit-codes.js';
import { addOutput, addPast } from './output-option.js';

/** Adds the commands that read and write manifest files. */
export function addManifests(verb: (text: string) => Command, program: Command): void {
  addValidate(verb('update'));
  addExport(program);
  addSchema(program);
  addImport(verb('import'));
}

function addValidate(update: Command): void {
  const ignore = new Option('--ignore <code>', 'leave out warnings with this code; repeatable').argParser(
    (code: string, all: string[] = []) => [...all, code],
  );
  const ignorable = lintRules.filter(({ severity }) => severity !== 'error').map(({ code }) => code);
  update
    .command('validate')
    .description('Check a folder of manifests against the schema, references and best practices')
    .addOption(folder('--from-git <dir>', 'folder with *.yaml, *.yml and *.json files').makeOptionMandatory())
    .addOption(completing(ignore, { choices: ignorable, repeats: true }))
    .option('--strict', 'exit with 2 on warnings too')
    .option('--offline', 'resolve references in the folder only, not in the log')
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
Canaries, reconciling, backups and rotation are not part of manifests, so they are not checked here.`;
}

function addExport(program: Command): void {
  addPast(program.command('export').description('Write the resources of the log as manifests, without secret values'))
    .addOption(folder('--to <dir>', 'folder to write to').makeOptionMandatory())
    .option('--force', 'overwrite files that export did not write or that were edited since')
    .addHelpText('after', `\nExamples:\n  hecate export --to .hecate/\n\n${fileExitCodes}`)
    .action(async (options: ExportOptions) => (await import('../manifests/index.js')).exportTo(options));
}

const schemaHelp = `
Examples:
  hecate schema > hecate.schema.json

Editors with yaml-language-server complete and check a file that begins with
  # yaml-language-server: $schema=../../hecate.schema.json
Keep the schema outside the folder of manifests: every *.json file in that folder is read as a manifest.

${programExitCodes}`;

function addSchema(program: Command): void {
  program
    .command('schema')
    .description('Print the JSON Schema of manifests, for editors')
    .addOption(new Option('--kind <kind>', 'of this kind only').choices(manifestKinds))
    .addHelpText('after', schemaHelp)
    .action(async ({ kind }: { kind?: ManifestKind }) => (await import('../manifests/index.js')).printSchema(kind));
}

const importHelp = `
Sites that Hecate can express exactly become routes and upstreams. The rest is listed with its JSON path and the reason,
and its hosts are left out, so that applying the manifests changes no answer.

Examples:
  hecate import caddy --from /etc/caddy/Caddyfile --to .hecate/

${fileExitCodes}`;

function addImport(parent: Command): void {
  const from = new Option(
    '--from <source>',
    'admin address, JSON file or Caddyfile (default: the Caddy of this stack)',
  );
  addOutput(parent.command('caddy').description('Turn an existing Caddy configuration into manifests'))
    .addOption(completing(from, { paths: 'file' }))
    .addOption(folder('--to <dir>', 'folder to write to (default: print)'))
    .option('--force', 'overwrite files that import did not write or that were edited since')
    .addHelpText('after', importHelp)
    .action(async (options: ImportOptions) => (await import('../manifests/index.js')).importFromCaddy(options));
}

function folder(flags: string, description: string): Option {
  return completing(new Option(flags, description), { paths: 'folder' });
}

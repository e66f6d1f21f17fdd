import type { Command } from 'commander';
import type { CataloguedOperation } from '../../operations/catalogue.js';
import { Failure } from '../../ports/failure.js';
import { operationExitCodes } from '../print/exit-codes.js';
import { readFile, takeFiles } from '../input/files.js';
import { addFlags, flagsOf, inputOf, once, optionOf, type Flag } from '../input/flags.js';
import { addKeyPairFlags, wantedKeyPair } from '../input/key-pair.js';
import { withAccess } from '../input/handed-access.js';
import { withMinted } from '../input/minted.js';
import { stagedSecretId } from '../run/operation-id.js';
import { addProbationFlags, takeProbation, type TakenProbation } from '../input/probation.js';
import { addOutput } from './output-option.js';
import type { OperateOptions } from '../run/index.js';
import { toStderr } from '../print/visible.js';
import { chosenOperation, type Variants } from './variants.js';

/** Groups operations by command path. Operations that share one are one command, whose flags choose between them. */
export function byPath(operations: readonly CataloguedOperation[]): Variants[] {
  const commands = new Map<string, [CataloguedOperation, ...CataloguedOperation[]]>();
  for (const operation of operations) {
    const known = commands.get(operation.path.join(' '));
    if (known) known.push(operation);
    else commands.set(operation.path.join(' '), [operation]);
  }
  return [...commands.values()];
}

/** Adds the command of operations that share a path. */
export function addOperation(parent: Command, variants: Variants): void {
  const [usual] = variants;
  const flags = variants.flatMap(flagsOf).filter((flag, i, all) => all.findIndex((f) => f.flag === flag.flag) === i);
  const command = parent.command(usual.path.at(-1) ?? '').description(usual.summary);
  const examples = variants.flatMap((operation) => operation.examples);
  // A flag that only some of the operations have is never required by the command.
  addFlags(
    command,
    flags.map((flag) => ({ ...flag, required: variants.every((one) => requires(one, flag.flag)) })),
  );
  addKeyPairFlags(command, flags);
  addProbationFlags(command, flags);
  addOutput(command)
    .option('--dry-run', 'print the plan; change nothing')
    .option('--plan <hash>', 'carry out the plan of a dry run, by its hash or at least 7 first characters', planHash)
    .option('--exit-code', 'with --dry-run: exit with 8 when something would change')
    .option('--reason <text>', 'reason; kept in the history', once('--reason'))
    .option('--actor <name>', 'on behalf of this person or program (default: HECATE_ACTOR)', once('--actor'))
    .option('--wait', 'return when the operation has ended (the default)')
    .option('--no-wait', 'start the operation and return at once')
    .option('-q, --quiet', 'print no progress')
    .addHelpText(
      'after',
      `\nExamples:\n${examples.map((line) => `  hecate ${line}`).join('\n')}\n\n${operationExitCodes}`,
    )
    .action(async (given: OperateOptions & Record<string, unknown>) => {
      const { probation, options } = takeProbation(flags, given);
      const operation = chosenOperation(variants, flags, options);
      mayBeOnProbation(operation, probation);
      const own = flagsOf(operation);
      const taken = takeFiles(own, options, { read: readFile, newId: stagedSecretId });
      const minted = withMinted(operation, inputOf(operation, own, taken.options), taken.secrets);
      const { input, secrets } = withAccess(operation, minted, process.env);
      if (options.exitCode && !options.dryRun) throw new Failure('invalid', '--exit-code needs --dry-run');
      const keyPair = wantedKeyPair(own, options);
      for (const line of understoodTimes(flags, options, input)) toStderr(`· ${line}`);
      const { operate } = await import('../run/index.js');
      process.exitCode = await operate(operation, { input, secrets, keyPair, probation }, options);
    });
}

/** Throws `invalid` for a probation of an operation that judges itself, or that undoes others. */
function mayBeOnProbation({ key }: CataloguedOperation, probation: TakenProbation<object>['probation']): void {
  if (probation === null || probation === 'none') return;
  if (key.startsWith('route.canary.'))
    throw new Failure('invalid', '--probation cannot be given with a canary, which judges itself', {
      hint: 'Give its limits alone: --max-error-rate and --max-latency-p99',
    });
}

/** Returns a plan's hash or its beginning in lower case. Throws `invalid`. */
function planHash(text: string): string {
  const hash = text.trim().toLowerCase();
  if (/^[0-9a-f]{7,64}$/.test(hash)) return hash;
  throw new Failure(
    'invalid',
    `--plan ${JSON.stringify(text)}: give the hash of a plan, or at least 7 characters of it`,
    {
      hint: 'Print the plan and its hash with --dry-run.',
    },
  );
}

function requires(operation: CataloguedOperation, name: string): boolean {
  return flagsOf(operation).some(({ flag, required }) => flag === name && required);
}

/** Returns a line for each time that was not given in ISO 8601 UTC, so that a person sees how it was understood. */
export function understoodTimes(
  flags: readonly Flag[],
  options: Record<string, unknown>,
  input: Readonly<Record<string, unknown>>,
): string[] {
  return flags.flatMap(({ kind, flag, field }) => {
    const [text, at] = [optionOf(options, flag), input[field]];
    return kind === 'moment' && at !== text ? [`--${flag} ${JSON.stringify(text)} is ${JSON.stringify(at)}`] : [];
  });
}

// Commands of the command line, built from the catalogues of operations and reads; they load other folders only when they run.
// May import input, print, completion and the descriptions of reads.
import { Command } from 'commander';
import { withShortWords } from '../../domain/data/shorten.js';
import { catalogue } from '../../operations/catalogue.js';
import { addAudit } from './audit-commands.js';
import { addBackups } from './backup-commands.js';
import { addCompletion } from './completion-commands.js';
import { addHelp } from './help-commands.js';
import { groupOf } from './command-group.js';
import { spelledOut } from './command-path.js';
import { addInit } from './init-commands.js';
import { addManifests } from './manifest-commands.js';
import { addOperation, byPath } from './operation-commands.js';
import { addGlobals, addOutput, addVerbOutput } from './output-option.js';
import { addReads } from './read-commands.js';
import { addRunning } from './running-commands.js';
import { addSecrets } from './secret-commands.js';
import { addStack } from './stack-commands.js';
import { addReconcile } from './reconcile-commands.js';
import { asTyped } from '../print/as-typed.js';
import { visible } from '../print/visible.js';

/** Returns the whole command line. A new operation of the catalogue becomes a command without a change here. */
export function createProgram(name: string): Command {
  const program = new Command(name)
    .description('Durable, event-sourced management for a reverse proxy')
    .exitOverride()
    .showHelpAfterError(false)
    .enablePositionalOptions();
  if (name === 'eos') program.configureHelp({ commandUsage: usageThroughEos });
  program.configureOutput({
    writeOut: (text) => void process.stdout.write(name === 'eos' ? asTyped(text, 'eos') : text),
    writeErr: (text) => void process.stderr.write(visible(withShortWords(text))),
    outputError: (text, write) => write(text.replace(/\n\((Did you mean [^\n]*)\)\n$/, '\nhint: $1\n')),
  });
  addGlobals(program);
  const verbs = new Map<string, Command>();
  const verb = (text: string) => {
    const known =
      verbs.get(text) ??
      program.commands.find((command) => command.name() === text) ??
      addVerbOutput(program.command(text)).description(verbHelp[text] ?? text);
    verbs.set(text, known);
    return known;
  };
  const paths = byPath(catalogue.filter((operation) => !operation.isInternal));
  const isOfCancel = ([{ path }]: (typeof paths)[number]) => path[0] === 'cancel';
  for (const variants of paths.filter((one) => !isOfCancel(one)))
    addOperation(groupOf(variants[0].path, program, verb), variants);
  addReads(program, verb);
  addRunning(program);
  // Under `cancel ID`, which is a command of its own.
  for (const variants of paths.filter(isOfCancel)) addOperation(groupOf(variants[0].path, program, verb), variants);
  addReconcile(verb, addOutput);
  addSecrets(program, verb, addOutput);
  addManifests(verb, program);
  addBackups(program, verb, addOutput);
  addAudit(program, addOutput);
  addStack(program);
  addInit(verb, addOutput);
  addCompletion(program);
  addHelp(program);
  return program;
}

/** Usage as `eos create hecate route [options]`. */
function usageThroughEos(command: Command): string {
  const names: string[] = [];
  for (let one: Command | null = command; one !== null; one = one.parent) names.unshift(one.name());
  const [name = 'eos', ...path] = names;
  return `${spelledOut(name, path)} ${command.usage()}`;
}

const verbHelp: Record<string, string> = {
  create: 'Create a resource',
  update: 'Change a resource',
  delete: 'Delete a resource',
  list: 'List all resources of a kind',
  read: 'Show one resource',
  move: 'Rename a resource',
  import: 'Take over an existing configuration',
  finish: 'Let something that waits go on',
  reveal: 'Show a secret value to a person',
  init: 'Set up what Hecate needs',
  backup: 'Back up and restore',
  test: 'Try something now',
};

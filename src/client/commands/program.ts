import { Command } from 'commander';
import { catalogue } from '../../operations/catalogue.js';
import { completion } from './completion.js';
import { addManifests } from './manifest-commands.js';
import { addOperation, byPath } from './operation-commands.js';
import { addGlobals, addOutput, addVerbOutput } from './output-option.js';
import { addReads } from './read-commands.js';
import { addRunning } from './running-commands.js';
import { addStack } from './stack-commands.js';
import { addStateCommands } from './reconcile-commands.js';
import { visible } from '../print/visible.js';

/** The whole command line; the operations come from the catalogue, so a new one needs nothing here. */
export function createProgram(name: string): Command {
  const program = new Command(name)
    .description('Durable, event-sourced management for a reverse proxy')
    .exitOverride()
    .showHelpAfterError(false)
    .enablePositionalOptions();
  if (name === 'eos') program.configureHelp({ commandUsage: usageThroughEos });
  program.configureOutput({ writeErr: (text) => void process.stderr.write(visible(text)) });
  addGlobals(program);
  const verbs = new Map<string, Command>();
  const verb = (text: string) => {
    const known = verbs.get(text) ?? addVerbOutput(program.command(text)).description(verbHelp[text] ?? text);
    verbs.set(text, known);
    return known;
  };
  for (const variants of byPath(catalogue.filter((operation) => !operation.isInternal)))
    addOperation(verb(variants[0].path[0]), variants);
  addReads(program, verb);
  addRunning(program);
  addStateCommands(verb, addOutput);
  addManifests(verb, program);
  addStack(program);
  program
    .command('completion <shell>')
    .description('Print the completion script for bash, zsh or fish')
    .action((shell: string) => void process.stdout.write(completion(shell, program)));
  return program;
}

/** `eos create hecate route`: the word stands between verb and noun. */
function usageThroughEos(command: Command): string {
  const names: string[] = [];
  for (let one: Command | null = command; one !== null; one = one.parent) names.unshift(one.name());
  const [root = 'eos', verb, ...rest] = names;
  const words = verb === undefined ? [root] : [root, verb, 'hecate', ...rest];
  return `${words.join(' ')} ${command.usage()}`;
}

const verbHelp: Record<string, string> = {
  create: 'Make something',
  update: 'Change something',
  delete: 'Remove something',
  list: 'Show all of a kind',
  read: 'Show one',
  move: 'Give something another name',
  import: 'Take over what runs already',
};

import { describe, expect, it } from 'vitest';
import type { Command } from 'commander';
import { createProgram } from '../../../src/client/commands/program.js';

const program = createProgram('hecate');

/** Every command that does something, by its path. */
function leaves(command: Command, path: string[] = []): [string, Command][] {
  if (command.commands.length === 0) return [[path.join(' '), command]];
  return command.commands.flatMap((inner) => leaves(inner, [...path, inner.name()]));
}

function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({ writeOut: (part) => (text += part) }).outputHelp();
  return text;
}

const commands = leaves(program);

describe('help', () => {
  it.each(commands)('of %s lists its exit codes', (_path, command) => {
    expect(helpOf(command)).toContain('Exit codes:');
  });

  it('of deleting a route reads like this', () => {
    const command = commands.find(([path]) => path === 'delete route')?.[1];
    expect(command && helpOf(command)).toMatchSnapshot();
  });
});

describe('--force', () => {
  const forced = commands.flatMap(([path, command]) => {
    const option = command.options.find(({ long }) => long === '--force');
    return option === undefined ? [] : [[path, option.description] as const];
  });

  it('is taken by operations that the safeguards may refuse, and by those that overwrite or run beside another', () => {
    expect(forced.map(([path]) => path)).toEqual(
      expect.arrayContaining(['update route', 'delete route', 'update state reconcile']),
    );
  });

  it.each(forced)('of %s says what it overrides', (_path, description) => {
    expect(description).toMatch(/although visitors would lose|overwrite files that|run beside a reconcile/);
  });
});

describe('through eos', () => {
  it('the word stands between verb and noun', () => {
    const command = leaves(createProgram('eos')).find(([path]) => path === 'create route')?.[1];
    expect(command && helpOf(command)).toContain('Usage: eos create hecate route [options]');
  });
});

describe('waiting', () => {
  it('takes both --wait and --no-wait, and waits unless told otherwise', () => {
    const command = commands.find(([path]) => path === 'create route')?.[1];
    expect(command?.options.map(({ long }) => long)).toEqual(expect.arrayContaining(['--wait', '--no-wait']));
    expect(command?.opts()).not.toMatchObject({ wait: false });
  });
});

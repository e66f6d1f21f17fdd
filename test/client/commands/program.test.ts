import type { Command } from 'commander';
import { describe, expect, it, vi } from 'vitest';
import { flagsOf, inputOf } from '../../../src/client/input/flags.js';
import { createSchedule } from '../../../src/operations/schedules/create-schedule.js';
import { createProgram } from '../../../src/client/commands/program.js';

/** What the command that is meant is told; its own work is not done. */
async function told(...words: string[]): Promise<Record<string, unknown>> {
  const program = createProgram('hecate');
  let options: Record<string, unknown> = {};
  const leaves = (command: Command): Command[] =>
    command.commands.length === 0 ? [command] : command.commands.flatMap(leaves);
  for (const leaf of leaves(program)) leaf.action(() => void (options = leaf.opts()));
  await program.parseAsync(words, { from: 'user' });
  return options;
}

/** What a verb that is a command itself is told. */
async function toldVerb(verb: string, ...words: string[]): Promise<Record<string, unknown>> {
  const program = createProgram('hecate');
  const command = program.commands.find((one) => one.name() === verb);
  let options: Record<string, unknown> = {};
  command?.action(() => void (options = command.opts()));
  await program.parseAsync(words, { from: 'user' });
  return options;
}

/** The way in which a command line is refused before anything starts. */
const refused = (...words: string[]) => createProgram('hecate').parseAsync(words, { from: 'user' });

describe('a command line', () => {
  it('takes the format before the command as well as after it', async () => {
    expect(await told('-o', 'json', 'list', 'routes')).toMatchObject({ output: 'json' });
    expect(await told('-o', 'json', 'list', 'routes', '-o', 'yaml')).toMatchObject({ output: 'yaml' });
    expect(await told('list', '-o', 'json', 'routes')).toMatchObject({ output: 'json' });
    expect(await told('-o', 'yaml', 'list', '-o', 'json', 'routes')).toMatchObject({ output: 'json' });
    expect(await told('list', 'routes')).toMatchObject({ output: 'table' });
  });

  it('takes the format of a verb that is a command itself', async () => {
    const components = ['backup', '--components', 'routes'];
    expect(await toldVerb('backup', ...components)).toMatchObject({ output: 'table' });
    expect(await toldVerb('backup', ...components, '-o', 'json')).toMatchObject({ output: 'json' });
    expect(await toldVerb('backup', '-o', 'yaml', ...components)).toMatchObject({ output: 'yaml' });
    expect(await told('-o', 'json', 'backup', 'full')).toMatchObject({ output: 'json' });
    expect(await told('-o', 'json', 'backup', 'state', '--output', 'b.yaml')).toMatchObject({ output: 'b.yaml' });
  });

  it('says how much is pruned by a reconcile, and by a schedule of reconciles', async () => {
    const limits = ['--prune', '--prune-limit', '40', '--yes'];
    const meant = { prune: true, pruneLimit: 40, yes: true };
    expect(await told('update', 'state', 'reconcile', ...limits)).toMatchObject(meant);
    const options = await told('create', 'schedule', 'reconcile', '--every', '5m', ...limits);
    expect(inputOf(createSchedule, flagsOf(createSchedule), options)).toMatchObject(meant);
  });

  it('says its version', async () => {
    const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    await expect(refused('--version')).rejects.toMatchObject({ exitCode: 0 });
    expect(String(write.mock.calls[0]?.[0])).toMatch(/^\d+\.\d+\.\d+\n$/);
    vi.restoreAllMocks();
  });

  it.each([
    ['create route --domain a.example.com --upstream x:1 --domain b.example.com', '--domain is given twice'],
    ['update route --domain a.example.com --reason x --reason y', '--reason is given twice'],
    ['update route --domain a.example.com --duration 1h', '--duration needs --auth-bypass'],
    ['update route --domain a.example.com --auth-bypass --upstream x:1', 'together with --auth-bypass'],
    ['create route --domain a.example.com --upstream x:1 --headers X', 'it has no ='],
    ['create auth-policy --name a --provider okta', 'give authentik'],
    [
      'create route --domain a.example.com --upstream x:1 --health-check-path / --health-check-interval 1ms',
      'at least 1s',
    ],
    ['update route --domain a.example.com --auth-bypass --duration 1ms', 'at least 1s'],
    ['update state reconcile --prune --prune-limit much', 'a number from 0 to 100'],
  ])('is refused when it says what would be ignored, or does not fit: %s', async (line, words) => {
    await expect(refused(...line.split(' '))).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining(words) as string,
    });
  });

  it('repeats no value of a flag that is given twice, since it may be a secret', async () => {
    const line = ['update', 'route', '--domain', 'a.example.com', '--reason', 'hunter2', '--reason', 'hunter3'];
    await expect(refused(...line)).rejects.toMatchObject({ message: expect.not.stringContaining('hunter') as string });
  });

  it('says a problem once, however often it is there', async () => {
    await expect(refused('create', 'auth-policy', '--name', 'a', '--groups', ',')).rejects.toMatchObject({
      message: expect.not.stringMatching(/empty[^]*empty/) as string,
    });
  });
});

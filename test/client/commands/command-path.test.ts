import { describe, expect, it, vi } from 'vitest';
import { runCommandLine } from '../../../src/client/commands/help-commands.js';
import { createProgram } from '../../../src/client/commands/program.js';

async function printed(words: string, name = 'hecate'): Promise<string> {
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  try {
    await runCommandLine(createProgram(name), words === '' ? [] : words.split(' '));
    return write.mock.calls.map(([text]) => String(text)).join('');
  } finally {
    write.mockRestore();
  }
}

describe('help', () => {
  it.each([
    ['help update route', 'hecate', 'Usage: hecate update route [options]'],
    ['help update state reconcile', 'hecate', 'Usage: hecate update state reconcile [options]'],
    ['help create', 'hecate', 'Usage: hecate create [options]'],
    ['help status', 'hecate', 'Usage: hecate status [options]'],
    ['help update hecate route', 'eos', 'Usage: eos update hecate route [options]'],
    ['help create route', 'eos', '  eos create hecate route --domain'],
    ['help', 'hecate', 'Usage: hecate [options]'],
    ['', 'hecate', 'Usage: hecate [options]'],
    ['', 'eos', 'Usage: eos [options]'],
  ])('%s (%s)', async (words, name, usage) => {
    expect(await printed(words, name)).toContain(usage);
  });
});

describe('a command without its kind', () => {
  it.each([
    [
      'create schedule --name nightly --every 24h',
      'schedule',
      'hecate create schedule reconcile --name nightly --every 24h',
    ],
    ['-o json create schedule --name nightly', 'schedule', 'hecate create schedule reconcile --name nightly'],
  ])('%s', async (words, group, example) => {
    await expect(printed(words)).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining(`the kind of ${group} is missing (reconcile`) as string,
      details: { hint: `For example: ${example}` },
    });
  });
});

describe('an unknown command', () => {
  it.each([
    ['creat route', 'hecate creat route', 'Did you mean: hecate create route'],
    ['create rout --domain a', 'hecate create rout', 'Did you mean: hecate create route'],
    ['route create --domain a', 'hecate route create', 'Did you mean: hecate create route'],
    ['-o json lst routes', 'hecate lst routes', 'Did you mean: hecate list routes'],
    ['update reconcile', 'hecate update reconcile', 'Did you mean: hecate update state reconcile'],
    ['help creat route', 'hecate creat route', 'Did you mean: hecate create route'],
    ['read secret stat --name a', 'hecate read secret stat', 'Did you mean: hecate read secret status'],
    ['update secret rotat --name a', 'hecate update secret rotat', 'Did you mean: hecate update secret rotate'],
    ['create route extra --domain a', 'hecate create route extra', 'Did you mean: hecate create route'],
    ['craete route', 'hecate craete route', 'Did you mean: hecate create route'],
    ['list route', 'hecate list route', 'Did you mean: hecate list routes'],
    ['show route', 'hecate show route', 'Did you mean: hecate read route'],
    ['remove route --domain a', 'hecate remove route', 'Did you mean: hecate delete route'],
    ['read history', 'hecate read history', 'Did you mean: hecate history'],
    ['create frobnicate', 'hecate create frobnicate', 'List the commands: hecate create --help'],
    ['frobnicate', 'hecate frobnicate', 'List the commands: hecate --help'],
  ])('%s', async (words, typed, hint) => {
    await expect(printed(words)).rejects.toMatchObject({
      kind: 'invalid',
      message: `unknown command: ${typed}`,
      details: { hint },
    });
  });

  it.each([
    ['create webhook', 'create schedule reconcile'],
    ['reconcile', 'update state reconcile'],
  ])('that another one comes nearest to is explained: %s', async (words, nearest) => {
    const hint = new RegExp(`^The nearest command: hecate ${nearest} \\(.+\\)$`);
    await expect(printed(words)).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringMatching(/^unknown command: hecate /) as string,
      details: { hint: expect.stringMatching(hint) as string },
    });
  });

  it('that is only a noun is told its verbs', async () => {
    await expect(printed('route')).rejects.toMatchObject({
      details: {
        hint: expect.stringMatching(/^Put a verb before it \(.*read.*\), such as: hecate \w+ route$/) as string,
      },
    });
  });

  it('is explained in the words of eos', async () => {
    await expect(printed('create rout', 'eos')).rejects.toMatchObject({
      details: { hint: 'Did you mean: eos create hecate route' },
    });
  });
});

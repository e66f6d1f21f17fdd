import { afterEach, describe, expect, it, vi } from 'vitest';
import { createProgram } from '../../../src/client/commands/program.js';
import type { printError } from '../../../src/client/print/error-output.js';
import { Failure } from '../../../src/ports/failure.js';

afterEach(() => vi.restoreAllMocks());

/** What stdout has of an error. */
async function said(error: unknown, line: string): Promise<string> {
  vi.resetModules();
  const fresh = (await import('../../../src/client/print/error-output.js')) as { printError: typeof printError };
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  await fresh.printError(error, line.split(' '));
  const text = write.mock.calls.map(([part]) => String(part)).join('');
  write.mockRestore();
  return text;
}

const failure = new Failure('invalid', '--domain is missing', { hint: 'See: --help' });
const asData = { error: { kind: 'invalid', message: '--domain is missing', hint: 'See: --help' } };

describe('an error', () => {
  it.each(['-o json create route', 'create route -o json', 'create route --output=json', 'create route -ojson'])(
    'is an object for who reads JSON: %s',
    async (line) => {
      expect(JSON.parse(await said(failure, line))).toEqual(asData);
    },
  );

  it('is YAML for who reads that, and nothing on stdout for a person', async () => {
    expect(await said(failure, 'create route -o yaml')).toContain('kind: invalid');
    for (const line of ['create route', 'create route -- -o json', 'create route -o']) {
      expect(await said(failure, line), line).toBe('');
    }
  });

  it('of a command line that says nothing known is one too, and help is none', async () => {
    const thrown = (...words: string[]) =>
      createProgram('hecate')
        .configureOutput({ writeErr: () => undefined, writeOut: () => undefined })
        .parseAsync(words, { from: 'user' })
        .catch((error: unknown) => error);
    vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const unknown = await thrown('-o', 'json', 'nope');
    expect(JSON.parse(await said(unknown, '-o json nope'))).toMatchObject({
      error: { kind: 'invalid', message: "unknown command 'nope'", hint: 'Did you mean move?' },
    });
    expect(await said(await thrown('--help'), '-o json --help')).toBe('');
  });
});

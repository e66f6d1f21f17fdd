import { execFile } from 'node:child_process';
import { basename } from 'node:path';
import { Failure } from '../../ports/failure.js';
import { ensureServer } from '../../stack/servers/ensure-server.js';
import { toStderr } from '../print/visible.js';

const LARGEST_CONFIG = 256 << 20;

/** Returns Caddy's JSON for a Caddyfile. Prints which environment variables the file names that are not set. */
export async function adaptedCaddyfile(file: string, text: string): Promise<string> {
  if (text.trim() === '') throw new Failure('invalid', `${file} is empty`);
  const unset = unsetVariables(text, process.env);
  const caddy = await ensureServer('caddy', process.env, (line) => toStderr(line));
  const { stdout, problem: first } = await adapt(caddy, file, process.env);
  if (first !== null) {
    const missing = await missingPlugin(caddy, file, unset);
    const problem = missing?.problem ?? first;
    const hint = hintFor(missing?.plugin ?? null, unset);
    throw new Failure('invalid', `Caddy cannot read the Caddyfile ${basename(file)}: ${problem}`, hint ? { hint } : {});
  }
  if (unset.length > 0) toStderr(`environment variables not set, so Caddy reads them as empty: ${unset.join(', ')}`);
  return stdout;
}

/** Returns the unset environment variables that a Caddyfile names without a default, comments left out. */
export function unsetVariables(text: string, env: Readonly<Record<string, string | undefined>>): string[] {
  const read = text.replace(/(^|\s)#.*$/gm, '');
  const names = [...read.matchAll(/\{\$([^{}:]+)\}/g)].flatMap(([, name]) => name ?? []);
  return [...new Set(names)].filter((name) => env[name] === undefined);
}

/** Values for unset variables: a Caddyfile takes one of them nearly everywhere, as a host, an address, a name or a number. */
const STAND_INS = ['unset.invalid', '1'];

/**
 * Returns a plugin that is missing, whatever the variables are, with Caddy's problem; null: none is. Unset variables are
 * empty and may hide it, or look like it, so they get stand-ins.
 */
async function missingPlugin(
  caddy: string,
  file: string,
  unset: readonly string[],
): Promise<{ readonly plugin: string; readonly problem: string } | null> {
  for (const value of unset.length === 0 ? [''] : STAND_INS) {
    const env = { ...process.env, ...Object.fromEntries(unset.map((name) => [name, value])) };
    const { problem } = await adapt(caddy, file, env);
    // The variables are the problem, unless a stand-in itself is taken for a name of a plugin.
    if (problem === null) return null;
    const plugin = unknownName(problem);
    if (plugin !== null && (value === '' || !plugin.endsWith(value))) return { plugin, problem };
  }
  return null;
}

/** Returns the name of the module, directive or option that a problem of Caddy's names as unknown; null: another problem. */
function unknownName(problem: string): string | null {
  const [, module, directive] =
    /module not registered: ([\w.-]+)|unrecognized (?:directive|global option|subdirective|server option)s?:? '?([\w.-]+)/.exec(
      problem,
    ) ?? [];
  return module ?? directive ?? null;
}

function hintFor(plugin: string | null, unset: readonly string[]): string | undefined {
  const variables = unset.length === 0 ? '' : `et these environment variables of the Caddyfile: ${unset.join(', ')}`;
  if (plugin === null) return variables === '' ? undefined : `S${variables}`;
  const way = 'import from the admin address of that Caddy, or from the output of its `caddy adapt`';
  return `If your Caddy has a plugin for ${plugin}, ${way}.${variables === '' ? '' : ` Then s${variables}`}`;
}

function adapt(
  caddy: string,
  file: string,
  env: NodeJS.ProcessEnv,
): Promise<{ readonly stdout: string; readonly problem: string | null }> {
  const words = ['adapt', '--adapter', 'caddyfile', '--config', file];
  return new Promise((resolve) => {
    execFile(caddy, words, { env, maxBuffer: LARGEST_CONFIG, timeout: 60_000 }, (error, stdout, stderr) => {
      resolve({ stdout, problem: error ? lastWords(stderr) || error.message : null });
    });
  });
}

/** Returns the last message on stderr, which is text or a line of JSON. */
function lastWords(stderr: string): string {
  const line = stderr.trim().split('\n').at(-1) ?? '';
  const message = /"msg":("(?:[^"\\]|\\.)*")/.exec(line)?.[1];
  const words = message === undefined ? line : (JSON.parse(message) as string);
  return words.replaceAll('\n', ' ').replace(/ import chain: \[''\]$/, '');
}

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
  const { stdout, problem } = await adapt(caddy, file);
  if (problem !== null) {
    const hint = hintFor(problem, unset);
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

function hintFor(problem: string, unset: readonly string[]): string | undefined {
  if (unset.length > 0) return `Set these environment variables of the Caddyfile: ${unset.join(', ')}`;
  if (!/not registered|not a registered|unrecognized (directive|global option)/.test(problem)) return undefined;
  return 'If your Caddy has a plugin for it, import from the admin address of that Caddy, or from the output of its `caddy adapt`.';
}

function adapt(caddy: string, file: string): Promise<{ readonly stdout: string; readonly problem: string | null }> {
  const words = ['adapt', '--adapter', 'caddyfile', '--config', file];
  return new Promise((resolve) => {
    execFile(caddy, words, { maxBuffer: LARGEST_CONFIG, timeout: 60_000 }, (error, stdout, stderr) => {
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

import { execFile } from 'node:child_process';
import { basename } from 'node:path';
import { Failure } from '../../ports/failure.js';
import { ensureServer } from '../../stack/servers/ensure-server.js';
import { toStderr } from '../print/visible.js';

const LARGEST_CONFIG = 256 << 20;

/** What Caddy makes of a Caddyfile whose text this is, as JSON. Says which variables it names that are not set here. */
export async function adaptedCaddyfile(file: string, text: string): Promise<string> {
  if (text.trim() === '') throw new Failure('invalid', `${file} is empty`);
  const unset = unsetVariables(text, process.env);
  const caddy = await ensureServer('caddy', process.env, (line) => toStderr(line));
  const { stdout, problem } = await adapt(caddy, file);
  if (problem !== null) {
    const hint = hintFor(problem, unset);
    throw new Failure(
      'invalid',
      `${basename(file)} is no Caddyfile that Caddy reads: ${problem}`,
      hint ? { hint } : {},
    );
  }
  if (unset.length > 0) toStderr(`not set here, so that Caddy reads nothing there: ${unset.join(', ')}`);
  return stdout;
}

/** Variables of the environment that a Caddyfile names without a default, outside of comments. */
export function unsetVariables(text: string, env: Readonly<Record<string, string | undefined>>): string[] {
  const read = text.replace(/(^|\s)#.*$/gm, '');
  const names = [...read.matchAll(/\{\$([^{}:]+)\}/g)].flatMap(([, name]) => name ?? []);
  return [...new Set(names)].filter((name) => env[name] === undefined);
}

function hintFor(problem: string, unset: readonly string[]): string | undefined {
  if (unset.length > 0) return `Set what the Caddyfile names and is not set here: ${unset.join(', ')}.`;
  if (!/not registered|not a registered|unrecognized (directive|global option)/.test(problem)) return undefined;
  return 'If the Caddy that serves it has a plugin for that, import from its admin address, or from what its `caddy adapt` writes.';
}

function adapt(caddy: string, file: string): Promise<{ readonly stdout: string; readonly problem: string | null }> {
  const words = ['adapt', '--adapter', 'caddyfile', '--config', file];
  return new Promise((resolve) => {
    execFile(caddy, words, { maxBuffer: LARGEST_CONFIG, timeout: 60_000 }, (error, stdout, stderr) => {
      resolve({ stdout, problem: error ? lastWords(stderr) || error.message : null });
    });
  });
}

/** Caddy says it as text or as a line of JSON. */
function lastWords(stderr: string): string {
  const line = stderr.trim().split('\n').at(-1) ?? '';
  const message = /"msg":("(?:[^"\\]|\\.)*")/.exec(line)?.[1];
  const words = message === undefined ? line : (JSON.parse(message) as string);
  return words.replaceAll('\n', ' ').replace(/ import chain: \[''\]$/, '');
}

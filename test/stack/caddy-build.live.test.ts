import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { builtCaddy, limitsRates } from '../../src/stack/servers/caddy-build.js';

let folder: string;
let said: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hecate-build-'));
  said = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A program that answers as a Caddy with these modules. */
const caddyWith = (modules: string) => `#!/bin/sh\\necho "${modules}"\\n`;

/** Puts a Go on PATH that says its version and, asked to build, does this; `$out` is where the program is wanted. */
function goThat(builds: string, version = 'go1.99.0'): Record<string, string> {
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  const script = `#!/bin/sh
if [ "$1" = version ]; then echo "go version ${version} linux/amd64"; exit 0; fi
echo build >> ${join(folder, 'calls')}
while [ "$1" != -o ]; do shift; done
out="$2"
${builds}
`;
  writeFileSync(join(bin, 'go'), script);
  chmodSync(join(bin, 'go'), 0o755);
  return { PATH: `${bin}:/usr/bin:/bin`, HOME: folder };
}
const writing = (modules: string) => `printf '${caddyWith(modules)}' > "$out"; chmod 755 "$out"`;
const servers = () => join(folder, 'servers');
const ensure = (env: Record<string, string>) => builtCaddy(servers(), env, (line) => said.push(line));
const builds = () => readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n').length;

describe('our own Caddy', () => {
  it('is built once, also when two ask at the same time, and then kept', async () => {
    const env = goThat(`sleep 0.3; ${writing('http.handlers.rate_limit')}`);
    const [first, second] = await Promise.all([ensure(env), ensure(env)]);
    expect(first).toBe(second);
    expect(await limitsRates(first ?? '', env)).toBe(true);
    expect(await ensure(env)).toBe(first);
    expect(builds()).toBe(1);
    expect(said[0]).toContain('building Caddy with rate limiting, once');
    expect(readdirSync(servers())).toHaveLength(1);
  });

  it.each([
    ['the build fails', 'echo "no network" >&2; exit 1', 'no network'],
    ['what is built lacks the module', writing('http.handlers.static_response'), 'lacks the module'],
  ])('is done without where %s, which is said', async (_what, how, words) => {
    expect(await ensure(goThat(how))).toBeNull();
    expect(said.at(-1)).toContain(words);
    expect(readdirSync(servers())).toEqual([]);
  });

  it('is done without where Go is too old, which is said, is missing, or must not build', async () => {
    expect(await ensure(goThat('exit 1', 'go1.20.3'))).toBeNull();
    expect(said.at(-1)).toContain('1.20.3');
    expect(await ensure({ PATH: '/nowhere' })).toBeNull();
    expect(await ensure({ ...process.env, HECATE_CADDY_BUILD: 'off' })).toBeNull();
    expect(said).toHaveLength(1);
  });

  it('leaves nothing of a build that was killed', async () => {
    const env = goThat(writing('http.handlers.rate_limit'));
    const program = (await ensure(env)) ?? '';
    const name = program.split('/').at(-2) ?? '';
    rmSync(join(servers(), name), { recursive: true });
    mkdirSync(join(servers(), `.${name}-killed`));
    expect(await ensure(env)).toBe(program);
    expect(existsSync(program)).toBe(true);
    expect(readdirSync(servers())).toEqual([name]);
  });
});

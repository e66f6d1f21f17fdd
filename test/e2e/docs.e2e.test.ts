import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serversFolder } from '../../src/stack/servers/ensure-server.js';
import { startStack, type TestStack } from './stack.js';

const root = join(import.meta.dirname, '../..');
const pages = [
  'README.md',
  'docs/tutorial.md',
  ...readdirSync(join(root, 'docs/how-to')).map((name) => `docs/how-to/${name}`),
];

/** The servers that the pages have on these ports. */
const PORTS = [3000, 3001, 3002, 3003];

/** Folders outside the project to which the pages write; each page has its own, so that it can run twice. */
const PLACES = ['/backup', '/media/usb'];

/** An absolute path that a command writes: the value of such a flag, or where its output goes. */
const WRITTEN = /(?:--(?:destination|export|output|to)[ =]|> ?)(\/[^\s]*)/g;

let stack: TestStack;
const upstreams: Server[] = [];
beforeAll(async () => {
  for (const port of PORTS) {
    const server = createServer((_, response) => response.end(`the server of port ${port}\n`));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    upstreams.push(server);
  }
  stack = startStack();
});
afterAll(() => {
  stack.stop();
  for (const server of upstreams) server.close();
});

/** Blocks marked `bash` are run as they stand; blocks marked `sh` are for the reader, since they start or stop something. */
describe.each(pages)('%s', (page) => {
  const text = readFileSync(join(root, page), 'utf8');
  const blocks = [...text.matchAll(/^```bash\n([\s\S]*?)^```$/gm)].map(([, block]) => block ?? '');

  it('has commands that work in the order given', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hecate-docs-'));
    symlinkSync(join(root, 'bin'), join(folder, 'bin'));
    for (const place of PLACES) mkdirSync(join(folder, place), { recursive: true });
    try {
      // One shell for the page, so that a variable of one block holds in the next.
      const { status, output } = await bash(
        blocks.map((block) => inFolder(withPortsOfTest(block), folder)),
        folder,
      );
      expect(status, output).toBe(0);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('writes into no folder of this machine that the test does not replace', () => {
    const written = blocks.flatMap((block) => [...block.matchAll(WRITTEN)].map(([, path]) => path ?? ''));
    const isReplaced = (path: string) => PLACES.some((place) => path.startsWith(`${place}/`));
    expect(written.filter((path) => path !== '/dev/null' && !isReplaced(path))).toEqual([]);
  });

  it('forces nothing where its own servers answer', () => {
    for (const block of blocks) expect(block).not.toContain('--force ');
  });
});

function withPortsOfTest(block: string): string {
  const served = PORTS.map((port, index) => [port, (upstreams[index]?.address() as AddressInfo).port] as const);
  const caddy = [
    [8080, Number(new URL(stack.status.caddy.http).port)],
    [8443, Number(new URL(stack.status.caddy.https).port)],
  ] as const;
  return [...served, ...caddy].reduce(
    (text, [written, real]) =>
      text.replace(new RegExp(`\\b(localhost|127\\.0\\.0\\.1):${written}\\b`, 'g'), `$1:${real}`),
    block,
  );
}

function inFolder(block: string, folder: string): string {
  return PLACES.reduce(
    (text, place) => text.replaceAll(new RegExp(`(?<= )${place}/`, 'g'), `${folder}${place}/`),
    block,
  );
}

/** Runs the blocks with the folder as the home of the user, so that nothing is written outside it. */
function bash(blocks: readonly string[], cwd: string): Promise<{ status: number | null; output: string }> {
  // The page has a home of its own, but a server that is built for it once more takes minutes.
  const own = { HOME: cwd, HECATE_SERVERS: serversFolder(process.env) };
  const env = { ...process.env, ...own, HECATE_HOME: stack.home, HECATE_ACTOR: 'reader' };
  return new Promise((resolve) => {
    const child = spawn('bash', ['-euo', 'pipefail', '-x', '-c', blocks.join('\n')], {
      cwd,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.on('close', (status) => resolve({ status, output }));
  });
}

// Archives of backups against `tar | gzip | age` of the same bytes, in one run: node scripts/run.mjs bench/backup-archive.mjs. Part of
// `npm run bench`; with `--small` few bytes. They build `age`, so `npm test` leaves them out. The bytes are the log of 100,000 commits and the state of
// 10,000 routes.
import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { build } from 'esbuild';
import { quantile, root } from './stack.mjs';

const small = process.argv.includes('--small');
const [commits, routes, rounds] = small ? [2_000, 200, 1] : [100_000, 10_000, 3];
const MIB = 1024 * 1024;
// In dist, so that packages are found from there.
const bundles = join(root, 'dist', 'bench-backup');
const folder = mkdtempSync(join(tmpdir(), 'hecate-bench-backup-'));
const at = (name) => join(folder, name);

try {
  await bundle();
  const { stockAge } = await import(join(bundles, 'age.mjs'));
  const age = stockAge();
  const identity = await generateX25519Identity();
  const recipient = await identityToRecipient(identity);
  writeFileSync(at('key.txt'), `${identity}\n`);
  const bytes = writeParts();
  console.log(`${(bytes / MIB).toFixed(0)} MiB of log and state`);
  const stock = {
    write: `tar -C ${at('parts')} -cf - -T ${at('paths.txt')} | gzip | ${age} -r ${recipient} > ${at('stock.age')}`,
    read: `${age} -d -i ${at('key.txt')} ${at('stock.age')} | tar -xzO > /dev/null`,
  };
  for (const way of ['write', 'read']) {
    const [theirs, ours] = [[], []];
    for (let round = 0; round < rounds; round++) {
      theirs.push(timed('sh', ['-c', stock[way]]).ms);
      ours.push(timed(process.execPath, [join(bundles, 'run.mjs'), way, folder, recipient, identity]));
    }
    const [stockMs, ourMs] = [quantile(theirs, 0.5), quantile(ours.map(({ said }) => said.ms), 0.5)]; // prettier-ignore
    const aboveIdle = Math.max(...ours.map(({ said }) => said.aboveIdle));
    figure(`${way} an archive against tar, gzip and age`, ourMs / stockMs, 2, `${ourMs.toFixed(0)} ms against ${stockMs.toFixed(0)} ms`); // prettier-ignore
    figure(`memory above idle to ${way} an archive, MiB`, aboveIdle / MIB, 150, 'peak of the process');
  }
  const sizes = ['ours.age', 'stock.age'].map((name) => statSync(at(name)).size);
  figure('size of an archive against the same of tar, gzip and age', sizes[0] / sizes[1], 1.1, `${sizes.map((size) => (size / MIB).toFixed(1)).join(' MiB against ')} MiB`); // prettier-ignore
} finally {
  rmSync(folder, { recursive: true, force: true });
  rmSync(bundles, { recursive: true, force: true });
}

function figure(what, value, target, detail) {
  console.log(`${what}: ${value.toFixed(2)}  (target ${target}: ${value <= target ? 'met' : 'NOT met'})  ${detail}`);
}

/** Runs a program to its end. `said`: the JSON that it wrote. */
function timed(program, args) {
  const since = performance.now();
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return { ms: performance.now() - since, said: stdout === '' ? null : JSON.parse(stdout) };
}

/** Writes the parts as files, and returns the sum of their sizes. */
function writeParts() {
  const paths = [];
  let sum = 0;
  const part = (path, content) => {
    mkdirSync(join(at('parts'), path, '..'), { recursive: true });
    writeFileSync(join(at('parts'), path), content);
    paths.push(path);
    sum += Buffer.byteLength(content);
  };
  for (let i = 0; i < routes; i++) part(`state/routes/app-${i}.example.com.yaml`, manifest(i));
  let lines = [];
  for (let sequence = 1; sequence <= commits; sequence++) {
    lines.push(message(sequence));
    if (lines.length < 1_000 && sequence < commits) continue;
    part(`log/${String(sequence).padStart(9, '0')}.jsonl`, lines.join(''));
    lines = [];
  }
  writeFileSync(at('paths.txt'), paths.join('\n'));
  return sum;
}

function manifest(i) {
  return `apiVersion: hecate.io/v1\nkind: Route\nmetadata:\n  name: App ${i}\nspec:\n  domain: app-${i}.example.com\n  upstream:\n    - 10.0.${i % 250}.${i % 240}:8080\n  authPolicy: staff\n  middleware:\n    - compress\n    - rate-limit:100/m\n`;
}

function message(sequence) {
  const value = { domain: `app-${sequence % 10_000}.example.com`, upstreams: [`10.0.0.${sequence % 250}:80`], authPolicy: 'staff', middleware: ['compress', 'rate-limit:100/m'], tls: { mode: 'auto' } }; // prettier-ignore
  const commit = {
    ...{
      version: 7,
      type: 'commit',
      id: randomBytes(7).toString('hex'),
      at: new Date(1.8e12 + sequence * 7e4).toISOString(),
    },
    ...{ actor: `ada-${sequence % 7}`, reason: null, operation: 'route.update' },
    changes: [{ kind: 'Route', name: value.domain, before: value, after: { ...value, upstreams: ['10.1.1.1:80'] } }],
    previous: createHash('sha256').update(String(sequence)).digest('hex'),
  };
  const data = JSON.stringify(commit);
  return `${JSON.stringify({ sequence, subject: 'hecate.log.commits', time: commit.at, data })}\n`;
}

/** Bundles the writer and reader, and what runs them in a process of their own. */
async function bundle() {
  mkdirSync(bundles, { recursive: true });
  const sources = {
    age: `export { stockAge } from './test/servers/stock-age.ts';`,
    run: `
      import { createReadStream, readFileSync } from 'node:fs';
      import { join } from 'node:path';
      import { createArchives } from './src/adapters/backup/archive/index.ts';
      const [way, folder, recipient, identity] = process.argv.slice(2);
      const archives = createArchives();
      const file = join(folder, 'ours.age');
      globalThis.gc?.();
      const idle = process.memoryUsage.rss();
      async function* parts() {
        for (const path of readFileSync(join(folder, 'paths.txt'), 'utf8').split('\\n'))
          yield { path, content: readFileSync(join(folder, 'parts', path)) };
      }
      const manifest = (parts) => ({
        format: 'hecate-backup', version: 1, name: 'bench', kind: 'full', createdAt: '', hecate: '',
        environment: { name: 'main', id: '', logId: 'x' }, range: { from: 1, to: 1, head: null }, parent: null,
        components: 'all', contains: [], omits: [], parts,
      });
      const since = performance.now();
      if (way === 'write') await archives.write(file, { parts: parts(), manifest }, { recipients: [recipient] });
      else await archives.read(createReadStream(file, { highWaterMark: 262144 }), { identities: [identity], onPart: () => undefined });
      const ms = performance.now() - since;
      console.log(JSON.stringify({ ms, aboveIdle: process.resourceUsage().maxRSS * 1024 - idle }));`,
  };
  for (const [name, contents] of Object.entries(sources)) {
    await build({
      stdin: { contents, resolveDir: root },
      outfile: join(bundles, `${name}.mjs`),
      ...{ bundle: true, platform: 'node', target: 'node20', format: 'esm', logLevel: 'error' },
      banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    });
  }
}

// Time of one create with signing against without, in one run: node scripts/run.mjs bench/signing.mjs. There is no setting that
// switches signing off, so a worker and a client are built without it, and work on the same stack under a task queue of their own.
import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { build } from 'esbuild';
import { quantile, root, startStack, timed } from './stack.mjs';

const small = process.argv.includes('--small');
const rounds = small ? 5 : 150;
const TARGET = 1.03;
// In dist, so that the native modules are found from there.
const folder = join(root, 'dist', 'unsigned');

/** What replaces a module: the same exports, without signatures, seals and checks. */
const without = {
  'activities/trust/guarded.ts': `
    import { callerHere } from './caller.js';
    const authority = async ([request], { log }) => (
      { actor: request?.actor, role: 'admin', caller: callerHere(), view: await log.view(), taken: async () => undefined });
    const allowed = {
      planOperation: authority, previewOperation: authority, inspectDrift: authority, inspectRoutes: authority,
      inspectIdentityProvider: authority,
      recordOutcome: (args) => ({ isEnded: false, ...(args[4] === undefined ? {} : { attempt: args[4] }) }),
      lookAtCanary: (args) => args[2],
    };
    export function guarded(deps, activities) {
      const behind = ([name, run]) => [name, async (...args) => run((await allowed[name]?.(args, deps)) ?? null, ...args)];
      return Object.fromEntries(Object.entries(activities).map(behind));
    }`,
  'activities/trust/seal.ts': `
    export const sealOf = () => undefined;
    export const sealFits = () => true;`,
  'activities/trust/sealed-planned.ts': `export const sealedPlanned = (_deps, _caller, _request, planned) => planned;`,
  'client/connect/signing.ts': `
    export const signerHere = () => ({ operator: 'bench' });
    export const signingHere = async () => ({ operator: 'bench', sign: (_purpose, _workflowId, request) => request });
    export const signingAs = signingHere;`,
};

const stack = await startStack();
await buildWithout();
// Two workers of the same age; the stack's own has nothing to do.
const ways = { signed: await startWay('signed', join(root, 'dist')), unsigned: await startWay('unsigned', folder) };
try {
  for (let round = 0; round < 3; round++) for (const way of Object.keys(ways)) await create(way, `warm-${round}`);
  const times = { signed: [], unsigned: [] };
  for (let round = 0; round < rounds; round++) {
    // Each goes first in half of the rounds.
    const order = round % 2 === 0 ? ['signed', 'unsigned'] : ['unsigned', 'signed'];
    for (const way of order) times[way].push(await timed(() => create(way, `route-${round}`)));
  }
  const pairs = times.signed.map((signed, round) => ({ signed, unsigned: times.unsigned[round] }));
  const ratio = ratioOf(pairs);
  // The same from samples of the rounds: how far chance alone moves the ratio. A busy machine moves it by several hundredths.
  const chance = Array.from({ length: 1_000 }, () =>
    ratioOf(pairs.map(() => pairs[Math.floor(Math.random() * rounds)])),
  );
  const verdict = ratio <= TARGET ? 'met' : 'NOT met';
  const [signed, unsigned] = [typical(times.signed), typical(times.unsigned)];
  console.log(
    `one create with signing against without: ${ratio.toFixed(3)}  (target ${TARGET}: ${verdict}; ` +
      `9 of 10 samples are within ${quantile(chance, 0.05).toFixed(3)} to ${quantile(chance, 0.95).toFixed(3)})  ` +
      `${signed.toFixed(1)} ms against ${unsigned.toFixed(1)} ms, ${rounds} rounds`,
  );
} finally {
  for (const way of Object.values(ways)) await way.stop();
  await stack.stop();
  rmSync(folder, { recursive: true, force: true });
}

/** Ratio of what both take. */
function ratioOf(pairs) {
  return typical(pairs.map(({ signed }) => signed)) / typical(pairs.map(({ unsigned }) => unsigned));
}

/** Mean of the fastest quarter of the samples: what the programs themselves take, with little of what else the machine does. */
function typical(samples) {
  const fastest = [...samples].sort((a, b) => a - b).slice(0, Math.ceil(samples.length / 4));
  return fastest.reduce((sum, one) => sum + one, 0) / fastest.length;
}

async function create(way, name) {
  const input = { domain: `${name}.${way}.example.com`, upstream: stack.upstream };
  const { exitCode, result } = await ways[way].client.run('route.create', input, { reason: null });
  if (exitCode !== 0) throw new Error(`${way} ${name}: ${result.detail ?? exitCode}`);
}

async function startWay(taskQueue, programs) {
  const env = { ...stack.env, HECATE_TASK_QUEUE: taskQueue };
  const worker = spawn(process.execPath, [join(programs, 'worker.cjs')], { env, stdio: 'ignore' });
  const { connectHecate } = createRequire(import.meta.url)(join(programs, 'hecate.cjs'));
  const client = await connectHecate({ ...stack.connections, worker: { taskQueue } });
  return {
    client,
    async stop() {
      worker.kill();
      await client.close();
    },
  };
}

async function buildWithout() {
  mkdirSync(folder, { recursive: true });
  await build({
    entryPoints: { worker: join(root, 'src/worker/main.ts'), hecate: join(root, 'src/client/index.ts') },
    outdir: folder,
    outExtension: { '.js': '.cjs' },
    ...{ bundle: true, platform: 'node', target: 'node20', format: 'cjs', minify: true, keepNames: true },
    supported: { 'dynamic-import': false },
    define: { 'import.meta.url': '__bundle_url', 'import.meta.dirname': '__dirname' },
    banner: { js: "const __bundle_url=require('node:url').pathToFileURL(__filename).href;" },
    external: ['@temporalio/worker', '@temporalio/core-bridge', 'esbuild'],
    plugins: [{ name: 'without signing', setup: replace }],
    logLevel: 'warning',
  });
  copyFileSync(join(root, 'dist/workflows.js'), join(folder, 'workflows.js'));
}

function replace(bundle) {
  for (const [path, contents] of Object.entries(without)) {
    const filter = new RegExp(`src/${path.replaceAll('.', '\\.')}$`);
    bundle.onLoad({ filter }, () => ({ contents, loader: 'js' }));
  }
}

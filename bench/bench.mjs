// Speed as ratios within one run. `npm run bench`; `--small` is the case of its kind in `npm test`, which asserts nothing.
// Prints a line a figure: what, the ratio, its target, and the milliseconds behind it.
import { spawnSync } from 'node:child_process';
import { bin, quantile, startBare, startStack, timed } from './stack.mjs';

const small = process.argv.includes('--small');
const many = small ? 10 : 50;
const stack = await startStack();
const bare = await startBare(stack.connections);
const figures = [];

try {
  await warmUp();
  await start();
  await manyAtOnce();
  await oneAtHundred();
  await refusedAmongGood();
} finally {
  await bare.stop();
  await stack.stop();
}
if (process.argv.includes('-j')) console.log(JSON.stringify(figures));

function figure(what, ratio, target, detail) {
  figures.push({ what, ratio, target, detail });
  const verdict =
    target === null ? '' : ratio <= target ? `  (target ${target}: met)` : `  (target ${target}: NOT met)`;
  console.log(`${what}: ${ratio.toFixed(2)}${verdict}  ${detail}`);
}

async function create(domain) {
  const { exitCode, result } = await stack.run('route.create', { domain, upstream: stack.upstream });
  return exitCode === 0 ? 0 : (result.detail ?? exitCode);
}

async function expectCreated(domain) {
  const ended = await create(domain);
  if (ended !== 0) throw new Error(`${domain}: ${ended}`);
}

async function warmUp() {
  for (let i = 0; i < 3; i++) await Promise.all([expectCreated(`warm-${i}.example.com`), bare.run()]);
}

async function start() {
  const rounds = small ? 3 : 15;
  const run = (...args) => timed(async () => spawnSync(process.execPath, args, { env: stack.env, stdio: 'ignore' }));
  const times = { node: [], help: [], list: [], operation: [] };
  for (let i = 0; i < rounds; i++) {
    times.node.push(await run('-e', '0'));
    times.help.push(await run(bin, '--help'));
    times.list.push(await run(bin, 'list', 'routes'));
    times.operation.push(
      await run(bin, 'update', 'route', '--domain', 'warm-0.example.com', '--upstream', stack.upstream, '--no-wait'),
    );
  }
  const base = quantile(times.node, 0.5);
  const line = (name) => `${quantile(times[name], 0.5).toFixed(0)} ms against ${base.toFixed(0)} ms`;
  figure('start of --help against node -e 0', quantile(times.help, 0.5) / base, 2.2, line('help'));
  figure('list routes (round trips included)', quantile(times.list, 0.5) / base, 3, line('list'));
  figure(
    'first call of an operation (started and answered)',
    quantile(times.operation, 0.5) / base,
    4,
    line('operation'),
  );
}

async function manyAtOnce() {
  const names = Array.from({ length: many }, (_, i) => i);
  const bareMs = await timed(() => Promise.all(names.map(() => bare.run())));
  const before = stack.caddyWrites();
  const ourMs = await timed(() => Promise.all(names.map((i) => expectCreated(`many-${i}.example.com`))));
  figure(
    `${many} creates at once against ${many} bare workflows`,
    ourMs / bareMs,
    1,
    `${ourMs.toFixed(0)} ms against ${bareMs.toFixed(0)} ms`,
  );
  figure(`Caddy writes for ${many} creates`, stack.caddyWrites() - before, 12, 'counted in its admin log');
}

async function oneAtHundred() {
  for (let i = many; i < (small ? 20 : 100); i++) await expectCreated(`many-${i}.example.com`);
  const ours = [];
  const theirs = [];
  for (let i = 0; i < (small ? 5 : 40); i++) {
    theirs.push(await timed(() => bare.run()));
    ours.push(await timed(() => expectCreated(`one-${i}.example.com`)));
  }
  for (const [share, target] of [
    [0.5, 1],
    [0.95, 1.4],
  ]) {
    const [our, their] = [quantile(ours, share), quantile(theirs, share)];
    figure(
      `one create at ${small ? 20 : 100} routes, p${share * 100}`,
      our / their,
      target,
      `${our.toFixed(0)} ms against ${their.toFixed(0)} ms`,
    );
  }
}

async function refusedAmongGood() {
  const good = Array.from({ length: small ? 5 : 20 }, (_, i) => i);
  const alone = await timed(() => Promise.all(good.map((i) => expectCreated(`alone-${i}.example.com`))));
  const bad = ['xn--0.a.example', 'xn--0.b.example', 'xn--0.c.example'].slice(0, small ? 1 : 3);
  let undone = 0;
  const mixed = await timed(async () => {
    const ends = await Promise.all([...good.map((i) => create(`mixed-${i}.example.com`)), ...bad.map(create)]);
    undone = ends.filter((end) => end !== 0).length;
  });
  if (undone !== bad.length) throw new Error(`${undone} operations were undone, not ${bad.length}`);
  figure(
    `${good.length} good creates and ${bad.length} refused against the good alone`,
    mixed / alone,
    1.5,
    `${mixed.toFixed(0)} ms against ${alone.toFixed(0)} ms`,
  );
}

// Campaigns of `npm run measure` about desired state: applies under kills, and a reconcile that has nothing to do.
import { createServer, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { quantile, timed } from './stack.mjs';

/** An apply of 1,000 routes is verified about so long after its commit. */
const LAST_KILL_MS = 300;

/** A route as manifests want it, for a host that only these campaigns use. */
function wanted(domain, upstream) {
  const tls = { minVersion: '1.2', ciphers: [], certificate: null, autoHTTPS: false, forceHTTPS: false };
  const value = {
    ...{ domain, label: null, upstream, headers: {}, healthCheck: null, authPolicy: null, requireMFA: false },
    ...{ backupUpstream: null, autoFailover: false, middleware: [], tls, source: null },
  };
  return { kind: 'Route', name: domain, value };
}

/** Kills the worker in half of the applies right after the commit, in the others at a moment spread over what follows; afterwards every host answers from one side, and the log says which. */
export async function killsOfApply(stack, hold, { rounds, routes }) {
  const sides = await Promise.all(['one', 'two'].map(startSide));
  const hosts = Array.from({ length: routes }, (_, i) => `apply-${i}.example.com`);
  const workerPid = () => stack.status().components.find(({ name }) => name === 'worker').pid;
  const took = [];
  let completed = 0;
  let halfDone = 0;
  for (let i = 0; i < rounds; i++) {
    const side = sides[i % 2];
    const source = {
      name: 'file:///campaign',
      repository: 'file:///campaign',
      ref: null,
      sha: null,
      head: null,
      digest: `round ${i}`,
    };
    const pid = workerPid();
    const begun = performance.now();
    const committed = stack.halfDone({ laterMs: i % 2 === 0 ? 0 : 1 + ((i * 37) % LAST_KILL_MS) });
    const ending = stack.apply({ source, resources: hosts.map((domain) => wanted(domain, side.address)) });
    if (await committed) halfDone++;
    process.kill(pid, 'SIGKILL');
    const { exitCode, result } = await ending;
    took.push(performance.now() - begun);
    if (exitCode === 0) completed++;
    while (workerPid() === pid) await sleep(100);
    const seen = await answering(stack.port, hosts, sides);
    hold(seen.size === 1, `round ${i}: hosts answer from ${[...seen].join(' and ')} after ${result.result}`);
    hold(exitCode !== 0 || seen.has(side.name), `round ${i}: completed, and ${[...seen].join()} answers`);
    const logged = await loggedSides(stack, sides);
    const isOne = logged.size === seen.size && [...logged].every((name) => seen.has(name));
    hold(isOne, `round ${i}: the log says ${[...logged].join(' and ')}, ${[...seen].join(' and ')} answers`);
  }
  for (const { server } of sides) server.close();
  hold(halfDone >= rounds / 2, `only ${halfDone} of ${rounds} kills came before the outcome of an apply`);
  console.log(
    `${rounds} kills of the worker in applies of ${routes} routes, ${halfDone} before the outcome: ${completed} completed, p50 ${quantile(took, 0.5).toFixed(0)} ms, p95 ${quantile(took, 0.95).toFixed(0)} ms`,
  );
}

/** A reconcile without drift writes nothing: no commit, nothing to Caddy. */
export async function quietReconcile(stack, hold, routes) {
  const source = {
    name: 'file:///quiet',
    repository: 'file:///quiet',
    ref: null,
    sha: null,
    head: null,
    digest: 'quiet',
  };
  const resources = Array.from({ length: routes }, (_, i) => wanted(`quiet-${i}.example.com`, stack.upstream));
  await stack.apply({ source, resources });
  const commits = () => stack.hecate('history', '--limit', '1', '-o', 'json').stdout;
  const [writes, last] = [stack.caddyWrites(), commits()];
  let ended;
  const ms = await timed(async () => (ended = stack.hecate('update', 'state', 'reconcile')));
  hold(ended.status === 0, `reconcile ended with ${ended.status}: ${ended.stderr}${ended.stdout.slice(0, 500)}`);
  hold(stack.caddyWrites() === writes, `a reconcile without drift wrote Caddy: ${ended.stdout.slice(0, 500)}`);
  hold(commits() === last, 'a reconcile without drift wrote the log');
  console.log(`reconcile of ${routes} routes without drift: ${ms.toFixed(0)} ms, no write`);
}

/** Returns the side that answers each host; `nobody` means neither. */
async function answering(port, hosts, sides) {
  const seen = new Set();
  for (let i = 0; i < hosts.length; i += 50) {
    for (const name of await Promise.all(hosts.slice(i, i + 50).map((host) => answer(port, host)))) {
      seen.add(sides.some((side) => side.name === name) ? name : 'nobody');
    }
  }
  return seen;
}

/** Whose address the log gives the campaign's routes; `nobody` where it has none of them. */
async function loggedSides(stack, sides) {
  const listed = stack.hecate('list', 'routes', '-o', 'json');
  if (listed.status !== 0) return new Set([`nothing: list routes ended with ${listed.status}, ${listed.stderr}`]);
  const own = JSON.parse(listed.stdout).filter(({ spec }) => spec.domain.startsWith('apply-'));
  const names = own.map(({ spec }) => sides.find(({ address }) => address === spec.upstream)?.name ?? spec.upstream);
  return new Set(own.length === 0 ? ['nobody'] : names);
}

async function startSide(name) {
  const server = createServer((_, response) => response.end(name)).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return { name, server, address: `127.0.0.1:${server.address().port}` };
}

function answer(port, host) {
  return new Promise((resolve) => {
    const sent = request({ host: '127.0.0.1', port, agent: false, headers: { host } }, (response) => {
      let text = '';
      response.on('data', (chunk) => (text += chunk));
      response.on('end', () => resolve(text));
    });
    sent.on('error', (error) => resolve(error.message)).end();
  });
}

// Runs the quickstart: starts the servers, creates routes, and shows a refused and an undone operation. Idempotent.
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makePeople, signIn } from '../examples/quickstart/people.mjs';
import { install } from './install.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const example = join(root, 'examples/quickstart');
const home = process.env.HECATE_HOME ?? join(process.env.XDG_DATA_HOME ?? join(homedir(), '.local/share'), 'hecate');

step('Installing');
install();

step('Starting the stack: Temporal, NATS, Caddy, OpenBao and the worker');
hecate(['up', '--ports', 'auto'], { show: 'talk' });
const status = JSON.parse(hecate(['status', '-o', 'json']).stdout);

step('Starting three HTTP services as upstreams');
const ports = await startUpstreams();
for (const [name, port] of Object.entries(ports)) console.log(`  ${name} on 127.0.0.1:${port}`);

step('Creating the routes of examples/quickstart/routes.json');
const routes = JSON.parse(readFileSync(join(example, 'routes.json'), 'utf8'));
for (const route of routes) ensureRoute(route, `127.0.0.1:${ports[route.upstream]}`);

step(`Requesting each domain through Caddy at ${status.caddy.http}`);
for (const { domain, upstream } of routes) {
  const host = domain.replace('*', 'branch-1');
  const answer = await get(host);
  if (answer.status !== 200 || answer.body.service !== upstream)
    fail(`${host} answered ${answer.status} ${JSON.stringify(answer.body)}`);
  console.log(`  ${host} → ${answer.status} from ${answer.body.service}`);
}

step('Changing app.example.com to an upstream that does not answer: refused before a visitor is sent there');
const dead = ['update', 'route', '--domain', 'app.example.com', '--upstream', '127.0.0.1:9'];
await stillServed(hecate([...dead, '--reason', 'quickstart: show a refusal'], { expect: 6, show: 'talk' }));

step('Creating a route with a domain that only Caddy finds wrong: the operation fails and is undone');
const wrong = ['create', 'route', '--domain', 'xn--0.example.com', '--upstream', `127.0.0.1:${ports.docs}`];
await stillServed(hecate([...wrong, '--reason', 'quickstart: show an undo'], { expect: 1, show: 'talk' }));

if (status.authentik?.standIn) await showSignIn();

step('The newest commits');
const history = JSON.parse(hecate(['history', '--limit', '12', '-o', 'json']).stdout);
for (const commit of history) {
  console.log(
    `  ${commit.sequence}  ${commit.at}  ${commit.operation}  ${commit.undoes ? `undo of ${commit.undoes}` : commit.outcome}  by ${commit.actor}${commit.reason ? `: ${commit.reason}` : ''}`,
  );
  console.log(
    `     ${status.temporal.ui}/namespaces/${status.temporal.namespace}/workflows/${encodeURIComponent(commit.workflowId)}`,
  );
}

console.log(`
The stack is running. Try:
  bin/hecate status
  bin/hecate list routes
  bin/hecate history
  bin/hecate list auth-policies
  bin/hecate read test auth
  bin/hecate create route --domain new.example.com --upstream 127.0.0.1:${ports.docs}
  curl -H 'Host: app.example.com' ${status.caddy.http}/
  Temporal Web UI: ${status.temporal.ui}
Stop the stack:
  bin/hecate down            (keeps the data; with --purge it deletes the data)`);

async function showSignIn() {
  const domain = 'intranet.example.com';
  const address = `https://${domain}:${new URL(status.caddy.https).port}/`;
  step(`Creating a route with sign-in: ${domain}, for the group staff (with the stand-in for authentik)`);
  const password = await makePeople(home, status.authentik.url);
  const known = hecate(['read', 'auth-policy', '--name', 'staff-only'], { expect: null }).status === 0;
  if (!known) {
    hecate(['create', 'auth-policy', '--name', 'staff-only', '--provider', 'authentik', '--groups', 'staff'], {
      show: 'talk',
    });
  }
  ensureRoute({ domain, args: ['--auth-policy', 'staff-only'] }, `127.0.0.1:${ports.docs}`);
  const stranger = await get(domain);
  if (stranger.status !== 302) fail(`${domain} answered ${stranger.status} without sign-in, not 302`);
  console.log(`  without sign-in → ${stranger.status} to the sign-in page`);
  const alice = await signIn(address, { proxy: status.caddy.http, username: 'alice', password });
  if (alice.status !== 200 || alice.url.hostname !== domain)
    fail(`alice, a member of staff, got ${alice.status} at ${alice.url}`);
  console.log(`  alice, a member of staff → ${alice.status} from ${parse(alice.text).service}`);
  const bob = await signIn(address, { proxy: status.caddy.http, username: 'bob', password });
  if (!bob.text.includes('Permission denied'))
    fail(`bob, not a member of staff, was not refused: ${bob.status} at ${bob.url}`);
  console.log('  bob, not a member → Permission denied');
  const bypass = [
    '--auth-bypass',
    '--duration',
    '4s',
    '--reason',
    `quickstart: show a bypass (${new Date().toISOString()})`,
  ];
  hecate(['update', 'route', '--domain', domain, ...bypass], { show: 'talk' });
  console.log(`  without sign-in, during a bypass of 4 s → ${(await get(domain)).status}`);
  for (const deadline = Date.now() + 10_000; (await get(domain)).status !== 302;) {
    if (Date.now() > deadline) fail('the bypass did not end within 10 s');
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  console.log('  the bypass ended by itself: without sign-in → 302 to the sign-in page');
}

async function stillServed({ status: exitCode }) {
  const { status: answered, body } = await get('app.example.com');
  if (answered !== 200) fail(`app.example.com answered ${answered} afterwards`);
  console.log(`  exit code ${exitCode}; app.example.com still answers ${answered} from ${body.service}`);
}

function ensureRoute({ domain, args }, upstream) {
  const existing = hecate(['read', 'route', '--domain', domain, '-o', 'json'], { expect: null });
  if (existing.status === 3) {
    hecate(['create', 'route', '--domain', domain, '--upstream', upstream, ...args, '--reason', 'quickstart'], {
      show: 'talk',
    });
    console.log(`  ${domain} → ${upstream}`);
    return;
  }
  if (existing.status !== 0) fail(existing.stderr);
  hecate(['update', 'route', '--domain', domain, '--upstream', upstream, '--force', '--reason', 'quickstart'], {
    show: 'talk',
  });
  console.log(`  ${domain} → ${upstream} (existed)`);
}

async function startUpstreams() {
  const file = join(home, 'quickstart-upstreams.json');
  const supervisor = status.components.find((component) => component.name === 'supervisor').pid;
  const running = read(file);
  if (running && (await Promise.all(Object.values(running.ports).map(answers))).every(Boolean)) return running.ports;
  const child = spawn(process.execPath, [join(example, 'upstreams.mjs'), file, String(supervisor)], {
    detached: true,
    stdio: 'ignore',
  });
  child.unref();
  for (const deadline = Date.now() + 10_000; Date.now() < deadline;) {
    const state = read(file);
    if (state?.pid === child.pid) return state.ports;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  rmSync(file, { force: true });
  return fail('the upstreams did not start within 10 s');
}

function answers(port) {
  return new Promise((resolve) => {
    const probe = request({ host: '127.0.0.1', port, timeout: 1000 }, (response) =>
      resolve(response.resume().statusCode === 200),
    );
    probe.on('error', () => resolve(false)).end();
  });
}

function get(host) {
  const { hostname, port } = new URL(status.caddy.http);
  return new Promise((resolve, reject) => {
    const sent = request({ host: hostname, port, agent: false, headers: { host }, timeout: 5000 }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => resolve({ status: response.statusCode, body: parse(Buffer.concat(chunks).toString()) }));
    });
    sent.on('error', reject).end();
  });
}

function hecate(args, { expect = 0, show = 'none' } = {}) {
  const result = spawnSync(process.execPath, [join(root, 'bin/hecate'), ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', show === 'talk' ? 'inherit' : 'pipe'],
  });
  if (expect !== null && result.status !== expect)
    fail(
      `hecate ${args.join(' ')} exited with ${result.status}, not ${expect}\n${result.stderr ?? ''}${result.stdout}`,
    );
  return result;
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function read(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}

function step(text) {
  console.log(`\n▸ ${text}`);
}

function fail(text) {
  console.error(`\nThe quickstart failed: ${text}\nFind the cause with: bin/hecate status, bin/hecate logs`);
  process.exit(1);
}

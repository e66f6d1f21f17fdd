// Saves a home of an older version for the test of the take-over: node scripts/save-home.mjs CHECKOUT VERSION. CHECKOUT is that
// version's source, built. Saved homes are never edited. To keep the machine's name out of Temporal's histories:
// unshare --uts sh -c 'hostname saved && node scripts/save-home.mjs CHECKOUT VERSION'
import { spawn, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const [checkout = '', version = ''] = process.argv.slice(2);
const folder = join(fileURLToPath(new URL('..', import.meta.url)), 'test/replay/homes');
const home = `/tmp/hecate-${version}`;
const { PATH, HOME, HECATE_SERVERS } = process.env;
const env = {
  ...{ PATH, HOME, HECATE_HOME: home, HECATE_ACTOR: 'ada', ...(HECATE_SERVERS ? { HECATE_SERVERS } : {}) },
};
// Addresses of loopback that nothing else uses, since the test must find them again: the stable upstream and the canary's.
const [stable, canary] = ['127.83.0.1:8080', '127.83.0.2:8080'];

async function hecate(...args) {
  const command = [join(resolve(checkout), 'bin/hecate'), ...args];
  const child = spawn(process.execPath, command, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (text) => (output += text));
  const [status] = await once(child, 'close');
  if (status !== 0) throw new Error(`hecate ${args.join(' ')} ended with ${status}`);
  return output;
}

const upstreams = [stable, canary].map((address) => {
  const [host, port] = address.split(':');
  return createServer((_, response) => response.end(address)).listen(Number(port), host);
});
const update = (domain, ...flags) => hecate('update', 'route', '--domain', domain, ...flags);
try {
  await hecate('up', '--ports', 'auto');
  for (const name of ['manual', 'steps']) {
    await hecate('create', 'route', '--domain', `${name}.example.com`, '--upstream', stable);
  }
  await update('manual.example.com', '--canary-upstream', canary, '--canary-percentage', '20');
  await update('steps.example.com', '--canary-upstream', canary, '--canary-steps', '10,100', '--canary-interval', '2m');
  await hecate('create', 'auth-policy', '--name', 'staff', '--groups', 'staff', '--create-groups');
  await hecate('create', 'route', '--domain', 'open.example.com', '--upstream', stable, '--auth-policy', 'staff');
  // The test starts the home after its end.
  await update('open.example.com', '--auth-bypass', '--duration', process.argv[4] ?? '2m', '--reason', 'saved');
  await hecate('create', 'schedule', 'reconcile', '--name', 'often', '--every', '10s');
  await hecate('create', 'schedule', 'reconcile', '--name', 'resting', '--every', '10s', '--component', 'routes');
  const reason = (await hecate('help', 'update', 'schedule')).includes('--reason') ? ['--reason', 'saved'] : [];
  await hecate('update', 'schedule', '--name', 'resting', '--pause', ...reason);
  // An operation that nobody carries out: its worker is frozen.
  const { components } = JSON.parse(await hecate('status', '-o', 'json'));
  process.kill(components.find(({ name }) => name === 'worker').pid, 'SIGSTOP');
  await hecate('create', 'route', '--domain', 'late.example.com', '--upstream', stable, '--no-wait');
  await hecate('down');
  const settings = join(home, 'run/settings.json');
  const generic = readFileSync(settings, 'utf8')
    .replaceAll(resolve(checkout), '/opt/hecate')
    .replaceAll(process.execPath, '/usr/bin/node')
    .replaceAll(/"path": "[^"]*\//g, '"path": "/opt/servers/')
    .replaceAll(/"HECATE_SERVERS": "[^"]*"/g, '"HECATE_SERVERS": "/opt/servers"');
  rmSync(join(home, 'logs'), { recursive: true });
  rmSync(join(home, 'run'), { recursive: true });
  mkdirSync(join(home, 'run'), { mode: 0o700 });
  writeFileSync(settings, generic, { mode: 0o600 });
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `home-${version}.tar.gz`);
  if (existsSync(file)) throw new Error(`${file} exists, and a saved home is never written again`);
  execFileSync('tar', ['--owner=0', '--group=0', '--numeric-owner', '-C', home, '-czf', file, '.']);
} finally {
  await hecate('down', '--purge');
  for (const one of upstreams) one.close();
}

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { serversFolder } from '../../src/stack/servers/ensure-server.js';
import { findOnPath } from '../../src/stack/servers/program-version.js';
import { makeAuthority } from '../builders/certificates.js';
import { eventually, freePort } from './proxy-caddy.js';

/** Let's Encrypt's own test server, with a name server that knows every name as this machine. */
export interface TestPebble {
  readonly directory: string;
  /** File with the root that its own HTTPS is trusted by. */
  readonly caFile: string;
  stop(): Promise<void>;
}

/** Starts Pebble, which comes to these ports for its challenges. */
export async function startPebble(
  folder: string,
  ports: { readonly httpPort: number; readonly httpsPort: number },
): Promise<TestPebble> {
  const [pebble, names] = await Promise.all([program('pebble'), program('pebble-challtestsrv')]);
  const [listen, management, dns, dnsManagement] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
  ];
  const authority = makeAuthority(folder);
  const own = authority.issue(['localhost']);
  const config = join(folder, 'pebble.json');
  const settings = {
    listenAddress: `127.0.0.1:${listen}`,
    managementListenAddress: `127.0.0.1:${management}`,
    certificate: own.certFile,
    privateKey: own.keyFile,
    httpPort: ports.httpPort,
    tlsPort: ports.httpsPort,
  };
  writeFileSync(config, JSON.stringify({ pebble: settings }));
  const off = ['-http01', '', '-https01', '', '-tlsalpn01', ''];
  const nameServer = ['-dns01', `127.0.0.1:${dns}`, '-management', `127.0.0.1:${dnsManagement}`, '-defaultIPv6', ''];
  const env = { ...process.env, PEBBLE_VA_NOSLEEP: '1', PEBBLE_WFE_NONCEREJECT: '0' };
  const children = [
    spawn(names, [...off, ...nameServer], { stdio: 'ignore' }),
    spawn(pebble, ['-config', config, '-dnsserver', `127.0.0.1:${dns}`], { stdio: 'ignore', env }),
  ];
  await eventually(async () => (await dials(`127.0.0.1:${listen}`)) && (await dials(`127.0.0.1:${dnsManagement}`)));
  return {
    directory: `https://localhost:${listen}/dir`,
    caFile: authority.file,
    async stop() {
      for (const child of children) {
        child.kill('SIGKILL');
        if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      }
    },
  };
}

const VERSION = 'v2.7.0';

/** The one on PATH, else built once with Go; without either the tests of certificates from an authority cannot run. */
async function program(name: 'pebble' | 'pebble-challtestsrv'): Promise<string> {
  const found = await findOnPath(name, process.env);
  if (found !== null) return found;
  const folder = join(serversFolder(process.env), `pebble-${VERSION}`);
  const built = join(folder, name);
  if (existsSync(built)) return built;
  mkdirSync(folder, { recursive: true });
  try {
    const module = `github.com/letsencrypt/pebble/v2/cmd/${name}@${VERSION}`;
    execFileSync('go', ['install', module], { env: { ...process.env, GOBIN: folder }, stdio: 'pipe' });
  } catch (cause) {
    throw new Error(`this test needs ${name}: install Pebble (on Debian and Ubuntu: apt install pebble), or Go`, {
      cause,
    });
  }
  return built;
}

/** Returns true when an address accepts a connection. */
function dials(address: string): Promise<boolean> {
  const [host, port] = address.split(':');
  return new Promise((resolve) => {
    const socket = connect(Number(port), host, () => resolve(true));
    socket.once('error', () => resolve(false)).once('close', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

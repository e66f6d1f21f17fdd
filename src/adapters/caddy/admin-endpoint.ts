import { stat } from 'node:fs/promises';
import { targetOf } from './ask-upstream.js';

/**
 * Returns true when a dial address leads to this admin address (`unix//path`, `host:port` or `http://host:port`). Compares
 * sockets by their file, so that another path to the same one counts. Connects to nothing and resolves no name.
 */
export async function leadsTo(dial: string, admin: string): Promise<boolean> {
  const [one, other] = [targetOf(dial), targetOf(admin.replace(/^https?:\/\//, '').replace(/\/+$/, ''))];
  if (one === null || other === null) return false;
  if ('path' in one && 'path' in other) return one.path === other.path || (await isSameFile(one.path, other.path));
  return 'host' in one && 'host' in other && one.port === other.port && hostText(one.host) === hostText(other.host);
}

async function isSameFile(one: string, other: string): Promise<boolean> {
  try {
    const [first, second] = await Promise.all([stat(one), stat(other)]);
    return first.ino === second.ino && first.dev === second.dev;
  } catch {
    return false;
  }
}

/** All loopback addresses are one: Caddy listens on `localhost` and whoever connects may use another name of it. */
function hostText(host: string): string {
  return /^(localhost|127\.\d+\.\d+\.\d+|::1|::ffff:127\..*|0\.0\.0\.0|::)$/.test(host.toLowerCase())
    ? 'loopback'
    : host.toLowerCase();
}

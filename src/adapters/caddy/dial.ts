import { connect } from 'node:net';

const TIMEOUT_MS = 2_000;

/** Returns true when `host:port`, `[v6]:port` or `unix//path` accepts a connection within 2 s. Never throws. */
export function dials(dial: string): Promise<boolean> {
  return new Promise((resolve) => {
    const target = targetOf(dial);
    if (!target) return resolve(false);
    const socket = connect(target);
    const timer = setTimeout(() => settle(false), TIMEOUT_MS);
    const settle = (accepted: boolean) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(accepted);
    };
    socket.once('connect', () => settle(true)).once('error', () => settle(false));
  });
}

function targetOf(dial: string): { path: string } | { host: string; port: number } | null {
  if (dial.startsWith('unix/')) return { path: dial.slice('unix/'.length) };
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(dial);
  const port = Number(match?.[3]);
  if (!match || port > 65_535) return null;
  return { host: match[1] ?? match[2] ?? '', port };
}

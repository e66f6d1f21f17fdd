import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { readJson, writeJson } from '../../adapters/files/private-files.js';
import type { HomeLayout } from '../home-layout.js';

/** Address of Temporal's own Web UI, which only the door in front of it uses. */
export interface UiAddress {
  readonly host: string;
  readonly port: number;
}

/**
 * Chooses an address of loopback that nobody outside this home can guess, so that a page in a browser cannot ask the Web UI
 * past the door, and writes it into the home. Where a system has only 127.0.0.1, the port alone is to be guessed.
 */
export async function chooseUiAddress(layout: HomeLayout): Promise<void> {
  const part = () => randomInt(1, 255);
  const host = `127.${part()}.${part()}.${part()}`;
  const port = await freePortOn(host);
  const address = port === null ? { host: '127.0.0.1', port: await freePortOn('127.0.0.1') } : { host, port };
  writeJson(layout.temporalUi, address);
}

/** Returns the address of the home's Web UI; null for a Temporal that an older version started, which has none of its own. */
export function uiAddress(layout: HomeLayout): UiAddress | null {
  return readJson<UiAddress>(layout.temporalUi, isAddress).value;
}

function isAddress(value: unknown): boolean {
  const { host, port } = (value ?? {}) as Partial<UiAddress>;
  return typeof host === 'string' && Number.isInteger(port);
}

/** Returns a free port below the range for outgoing connections; null: the system has no such address. */
async function freePortOn(host: string): Promise<number | null> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const port = randomInt(12_000, 32_000);
    const code = await new Promise<string | null>((resolve) => {
      const probe = createServer();
      probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'unknown'));
      probe.listen({ host, port, exclusive: true }, () => probe.close(() => resolve(null)));
    });
    if (code === null) return port;
    if (code === 'EADDRNOTAVAIL') return null;
  }
  return null;
}

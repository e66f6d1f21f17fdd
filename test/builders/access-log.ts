import { appendFileSync, renameSync, rmSync, writeFileSync, readFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { OWN_FIELD, SIDE_FIELD, USER_FIELD } from '../../src/domain/caddy/log-fields.js';
import type { AccessEntry } from '../../src/domain/traffic/access-entry.js';
import { accessEntry } from './traffic.js';

/** Returns a request as Caddy writes it into its access log. */
export function logLine(fields: Partial<AccessEntry> = {}): string {
  const { endedMs, durationMs, status, bytes, method, host, path, ...rest } = accessEntry(fields);
  const { clientIp, upstream, upstreamMs, side, refused, id, isOwn } = rest;
  return JSON.stringify({
    ...{ level: 'info', ts: endedMs / 1000, logger: 'http.log.access.hecate', msg: 'handled request' },
    ...{ duration: durationMs / 1000, size: bytes, status, uuid: id },
    [USER_FIELD]: [refused ?? '', upstreamMs ?? '', upstream ?? '', '', clientIp, host, method, path].join('\t'),
    ...(side === null ? {} : { [SIDE_FIELD]: side }),
    ...(isOwn ? { [OWN_FIELD]: '1' } : {}),
  });
}

/** An access log in a folder, which is rotated and compressed as Caddy does it. */
export function accessLogIn(folder: string) {
  const file = join(folder, 'access.log');
  let rotations = 0;
  const rolled = (number: number) =>
    join(folder, `access-2027-01-15T08-00-${String(number).padStart(3, '0')}-size.log`);
  return {
    file,
    append: (text: string) => appendFileSync(file, text),
    /** Moves the current file away; the next line begins a new one. Returns its number. */
    rotate(): number {
      if (existsSync(file)) renameSync(file, rolled(++rotations));
      return rotations;
    },
    /** Writes the compressed file, before the plain one is removed. */
    beginCompression(number: number, bytes?: Buffer): void {
      if (existsSync(rolled(number)))
        writeFileSync(`${rolled(number)}.gz`, bytes ?? gzipSync(readFileSync(rolled(number))));
    },
    endCompression(number: number): void {
      if (existsSync(`${rolled(number)}.gz`)) rmSync(rolled(number), { force: true });
    },
    /** Replaces a rotated file by a compressed one with this content. */
    replace(number: number, extension: '.gz' | '.zst', bytes: Buffer): void {
      rmSync(rolled(number));
      writeFileSync(`${rolled(number)}${extension}`, bytes);
    },
    remove(number: number): void {
      for (const extension of ['', '.gz', '.zst']) rmSync(`${rolled(number)}${extension}`, { force: true });
    },
  };
}

import { takenAway } from '../taken-away.js';
import { WHOLE_KIND, type MiddlewareKind } from '../kind.js';

const UNITS: Readonly<Record<string, number>> = {
  ...{ B: 1, KB: 1e3, MB: 1e6, GB: 1e9 },
  ...{ KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 },
};
const LARGEST = 2 ** 40;

/** Answers 413 to requests with a larger body: at once when the length is declared, else when the limit is exceeded. */
export const maxBody: MiddlewareKind = {
  name: 'max-body',
  summary: 'Answers 413 to requests with a larger body.',
  form: 'max-body:10MB, at most 1024GiB, in B, KB, MB, GB or KiB, MiB, GiB',
  stage: 'guard',
  losses: takenAway('looser', 'bodies of any size pass'),
  read(argument) {
    const { digits, unit, bytes } = sizeOf(argument ?? '');
    if (unit === undefined || !(bytes >= 1 && bytes <= LARGEST)) return 'a size is a number with a unit';
    const handler = { handler: 'request_body', max_size: bytes };
    return { argument: `${Number(digits)}${unit}`, replaces: WHOLE_KIND, handlers: () => [handler] };
  },
};

/** Returns the bytes of a size such as `10MB`; null: it is none. */
export function bytesOf(text: string): number | null {
  const { bytes } = sizeOf(text);
  return Number.isNaN(bytes) ? null : bytes;
}

function sizeOf(text: string) {
  const [, digits = '', written = ''] = /^(\d{1,13}) ?([kmg]?i?b)$/i.exec(text) ?? [];
  const unit = Object.keys(UNITS).find((name) => name.toLowerCase() === written.toLowerCase());
  return { digits, unit, bytes: Number(digits) * (UNITS[unit ?? ''] ?? Number.NaN) };
}

import type { MiddlewareKind } from './kind.js';

/** Best first, where the client has no preference. */
const ENCODINGS = ['zstd', 'gzip'];

/** Compresses answers of text that are worth it, as the client accepts it. */
export const compression: MiddlewareKind = {
  name: 'compression',
  form: 'compression, compression:gzip or compression:zstd',
  stage: 'transform',
  read(argument) {
    const only = argument?.toLowerCase() ?? null;
    if (only !== null && !ENCODINGS.includes(only)) return `it knows ${ENCODINGS.join(' and ')}`;
    const prefer = only === null ? ENCODINGS : [only];
    const encodings = Object.fromEntries(prefer.map((name) => [name, {}]));
    return { argument: only, handlers: () => [{ handler: 'encode', encodings, prefer }] };
  },
};

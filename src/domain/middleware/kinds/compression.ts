import { WHOLE_KIND, type MiddlewareKind } from '../kind.js';

/** The preferred one first. */
const ENCODINGS = ['zstd', 'gzip'];

/** Compresses text responses with an encoding that the client accepts; the first one listed when it has no preference. */
export const compression: MiddlewareKind = {
  name: 'compression',
  summary: 'Compresses text responses. With two encodings, the first is preferred when the client accepts both.',
  form: 'compression, compression:gzip, compression:zstd or compression:gzip,zstd',
  stage: 'transform',
  losses: null,
  read(argument) {
    const prefer =
      argument
        ?.toLowerCase()
        .split(',')
        .map((name) => name.trim()) ?? ENCODINGS;
    if (!prefer.every((name) => ENCODINGS.includes(name))) return `encodings are ${ENCODINGS.join(' and ')}`;
    if (new Set(prefer).size < prefer.length) return 'an encoding is listed twice';
    const text = prefer.join(',');
    const encodings = Object.fromEntries(prefer.map((name) => [name, {}]));
    const handlers = () => [{ handler: 'encode', encodings, prefer }];
    return { argument: text === ENCODINGS.join(',') ? null : text, replaces: WHOLE_KIND, handlers };
  },
};

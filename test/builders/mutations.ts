/** A source of pseudo-random numbers from 0 to 1 (mulberry32), the same for the same seed. */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Pieces that parsers trip over. */
const PIECES = [
  ...[
    '',
    ' ',
    '\n',
    '\t',
    ':',
    ': ',
    '- ',
    '[',
    ']',
    '{',
    '}',
    '"',
    "'",
    '&a ',
    '*a',
    '!!map ',
    '---\n',
    '...\n',
    '#',
    '|\n',
    '>\n',
  ],
  ...[
    'null',
    '~',
    'true',
    '0',
    '-1',
    '1e309',
    '.nan',
    '0x7f',
    '__proto__',
    'constructor',
    '<<: ',
    '? ',
    '@',
    '`',
    '%YAML 9.9\n',
  ],
  ...[
    '\u0000',
    '\u202e',
    '\u200b',
    '\ufeff',
    '\ud800',
    '👩‍👩‍👧',
    'é',
    '${HOME}',
    '{env.HOME}',
    '$(id)',
    '../../etc/passwd',
    '%00',
    '\\',
  ],
  ...['a'.repeat(300_000), 'a.'.repeat(5_000), '['.repeat(200), '  '.repeat(500), '9'.repeat(400), ':'.repeat(3_000)],
];

/** Returns a text after one to four random changes: a piece put in, a part left out, repeated or moved. */
export function mutated(text: string, random: () => number): string {
  const at = () => Math.floor(random() * (text.length + 1));
  let all = text;
  for (let left = 1 + Math.floor(random() * 4); left > 0; left--) {
    const [from, to] = [at(), at()].toSorted((a, b) => a - b) as [number, number];
    const part = all.slice(from, Math.min(to, from + 80));
    const piece = PIECES[Math.floor(random() * PIECES.length)] ?? '';
    const changes = [
      () => all.slice(0, from) + piece + all.slice(from),
      () => all.slice(0, from) + piece + all.slice(from + part.length),
      () => all.slice(0, from) + all.slice(from + part.length),
      () => all.slice(0, from) + part.repeat(3) + all.slice(from),
      () => all.slice(0, from) + all.slice(from + part.length) + part,
    ];
    all = changes[Math.floor(random() * changes.length)]?.() ?? all;
  }
  return all;
}

/** Valid manifests of each kind, to be mutated. No server answers under their addresses, and each refuses at once. */
export const MANIFESTS: readonly string[] = [
  `apiVersion: hecate.io/v1
kind: Route
metadata: {name: app.example.com}
spec:
  domain: app.example.com
  upstream: 127.0.0.1:9
  backupUpstream: https://127.0.0.1:9
  headers: {X-Env: "prod"}
  healthCheck: {path: /health, interval: 30s, timeout: 5s}
  middleware: [rate-limit:100/minute, "header:response:X-Frame-Options=DENY", ip-allow:10.0.0.0/8]
  tls: {autoHTTPS: true, minVersion: TLS1.2}
`,
  `apiVersion: hecate.io/v1
kind: Upstream
metadata: {name: api}
spec:
  servers:
    - {address: 127.0.0.1:9, weight: 2}
    - {address: "[::1]:81"}
  loadBalancer: weighted
---
apiVersion: hecate.io/v1
kind: AuthPolicy
metadata: {name: staff}
spec: {groups: [staff], requireMFA: true}
`,
  JSON.stringify({
    apiVersion: 'hecate.io/v1',
    kind: 'Secret',
    metadata: { name: 'team' },
    spec: { kind: 'basic-auth' },
  }),
];

/** Command lines whose words are mutated. */
export const COMMAND_LINES: readonly (readonly string[])[] = [
  ['create', 'route', '--domain', 'a.example.com', '--upstream', '127.0.0.1:9', '--dry-run'],
  ['create', 'upstream', '--name', 'api', '--servers', '127.0.0.1:9,127.0.0.2:9=3', '--dry-run'],
  ['create', 'auth-policy', '--name', 'staff', '--groups', 'staff,admin', '--dry-run'],
  [
    'update',
    'route',
    '--domain',
    'a.example.com',
    '--middleware',
    'redirect:308:same:https://b.example.com',
    '--dry-run',
  ],
  [
    'update',
    'route',
    '--domain',
    'a.example.com',
    '--canary-upstream',
    '127.0.0.2:9',
    '--canary-percentage',
    '10',
    '--dry-run',
  ],
  ['list', 'routes', '--at', '2h ago', '-o', 'json'],
  ['read', 'route', '--domain', 'a.example.com'],
  ['history', '--limit', '5', '--since', '2024-01-15 10:00', '--actor', 'anna'],
  ['diff', '--from', '1', '--to', '2'],
  ['update', 'undo', '--operation', '17', '--dry-run', '--reason', 'why'],
  ['delete', 'route', '--domain', 'a.example.com', '--dry-run'],
  ['completion', 'bash'],
];

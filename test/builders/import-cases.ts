import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

/** `import-caddy.yaml` holds Caddyfiles, what Caddy makes of each, the manifests that it becomes, and what is left out. */
export const importCases = parse(readFileSync(new URL('../golden/import-caddy.yaml', import.meta.url), 'utf8')) as {
  readonly name: string;
  readonly caddyfile: string;
  readonly config: unknown;
  readonly manifests: string;
  readonly left: readonly string[];
  readonly foreign: readonly string[];
}[];

import { manifestTexts, writeFolder } from '../../adapters/manifests/index.js';
import { readFileSync } from 'node:fs';
import { certificates } from '../../adapters/x509/certificates.js';
import type { ReadCertificate } from '../../domain/import-caddy/loaded-certificates.js';
import { certificateChain } from '../../domain/values/certificate.js';
import { fileProblem } from '../../adapters/files/secret-file.js';
import { importCaddy, type ImportedCaddy } from '../../domain/import-caddy/import.js';
import { print, type OutputFormat } from '../print/output.js';
import { toStderr } from '../print/visible.js';
import { caddyConfig } from './caddy-config.js';

/** Options of `import caddy`. */
export interface ImportOptions {
  readonly from?: string;
  readonly to?: string;
  readonly force?: boolean;
  readonly output: OutputFormat;
}

/** Turns an existing Caddy configuration into manifests, and prints the parts that have no equivalent. Changes no server. */
export async function importFromCaddy({ from, to, force = false, output }: ImportOptions): Promise<void> {
  const imported = importCaddy(await caddyConfig(from), readCertificate);
  const { written, unchanged } =
    to === undefined ? { written: null, unchanged: null } : writeFolder(to, imported.resources, { overwrites: force });
  for (const line of report(imported)) toStderr(line);
  if (to === undefined && output !== 'json') process.stdout.write(manifestTexts(imported.resources));
  else {
    const summary = `${written?.length} written, ${unchanged?.length} unchanged in ${to}`;
    const lines = [...(written ?? []).map((path) => `${to}/${path}`), summary];
    await print(output, { ...imported, written, unchanged }, () => lines.join('\n'));
  }
}

/** Reads a certificate that Caddy loads, without a key that stands beside it. */
const readCertificate: ReadCertificate = (from) => {
  let text: string;
  try {
    text = 'pem' in from ? from.pem : readFileSync(from.file, 'utf8');
  } catch (error) {
    return { problem: fileProblem(error) };
  }
  const { data: chain } = certificateChain.safeParse(text);
  const facts = chain === undefined ? null : certificates.read(chain);
  return chain === undefined || facts === null ? { problem: 'it is not a certificate in PEM' } : { chain, facts };
};

function report({ resources, left, foreign }: ImportedCaddy): string[] {
  const routes = resources.filter(({ kind }) => kind === 'Route').length;
  return [
    ...foreign.map(({ path, reason }) => `foreign: ${path}: ${reason}`),
    ...left.map((host) => `left out: ${host}`),
    ...(routes + left.length + foreign.length === 0 ? ['the configuration names no hosts'] : []),
    `${routes} routes, ${resources.length - routes} upstreams; ${left.length} hosts left out`,
    ...(left.length === 0
      ? []
      : [
          'The hosts left out stay with your Caddy. Give it other ports than Hecate’s, or change the foreign parts and import again.',
        ]),
  ];
}

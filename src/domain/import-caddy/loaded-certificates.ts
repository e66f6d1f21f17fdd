import { covers, type CertificateFacts } from '../values/certificate.js';
import type { Json } from '../data/json.js';
import type { Tls } from '../resources/tls.js';
import { listOf, objectOf, type Foreign } from './json.js';

/** A certificate that was read. */
export interface GivenCertificate {
  /** The chain in PEM, leaf first, without a key. */
  readonly chain: string;
  readonly facts: CertificateFacts;
}

/** Reads a certificate from a file or from PEM text. Returns the reason as a clause when it cannot be read. */
export type ReadCertificate = (
  from: { readonly file: string } | { readonly pem: string },
) => GivenCertificate | { readonly problem: string };

/** A certificate that Caddy loads, with the tags by which policies select it. */
export interface LoadedCertificate {
  /** Path in the configuration. */
  readonly path: string;
  readonly tags: readonly string[];
  /** Files of the certificate and the key; null: the configuration holds their text. */
  readonly files: { readonly certificate: string; readonly key: string } | null;
  readonly read: ReturnType<ReadCertificate>;
}

/** Ways to load certificates that can be imported, and `automate`, which names hosts only. */
const KNOWN = ['load_files', 'load_pem', 'automate'];

/** Returns the certificates that Caddy loads from files and from its configuration. */
export function loadedCertificates(certificates: Json, read: ReadCertificate): LoadedCertificate[] {
  const entries = (name: string) =>
    listOf(certificates[name]).map((value, index) => ({
      ...tagged(objectOf(value)),
      path: `${PATH}/${name}/${index}`,
    }));
  return [
    ...entries('load_files').map(({ certificate, key, ...one }) => {
      return { ...one, files: { certificate, key }, read: read({ file: certificate }) };
    }),
    ...entries('load_pem').map(({ certificate, key: _, ...one }) => {
      return { ...one, files: null, read: read({ pem: certificate }) };
    }),
  ];
}

const PATH = 'apps/tls/certificates';

function tagged({ certificate, key, tags }: Json) {
  return { certificate: String(certificate), key: String(key), tags: listOf(tags).map(String) };
}

/** Reports other ways to load certificates: which hosts they are for is not known. */
export function nameOtherCertificates(certificates: Json, foreign: Foreign): void {
  for (const name of Object.keys(certificates)) {
    if (KNOWN.includes(name)) continue;
    foreign(`${PATH}/${name}`, 'import your own certificates with: hecate update route --tls-cert FILE --tls-key FILE');
  }
}

interface Search {
  readonly path: string;
  readonly certificates: readonly LoadedCertificate[];
  readonly foreign: Foreign;
  readonly remark: Foreign;
}

/**
 * Returns the loaded certificate that Caddy presents for a host; null: an authority issues one. `selection`: the selection
 * of the host's connection policy; without one, Caddy takes any loaded certificate for the host.
 */
export function certificateFor(host: string, selection: unknown, search: Search): GivenCertificate | null {
  const { certificates, remark } = search;
  const chosen = selection === null ? certificates : selectedBy(objectOf(selection), host, search);
  const found = chosen.find(({ read }) => 'facts' in read && covers(read.facts, host));
  if (found && 'facts' in found.read) {
    const { certificate = 'FILE', key = 'FILE' } = found.files ?? {};
    const command = `hecate update route --domain ${host} --tls-cert ${certificate} --tls-key ${key}`;
    remark(found.path, `the private key is not imported; after the apply, run: ${command}`);
    return found.read;
  }
  if (selection !== null) nameUnusable(chosen, host, search);
  return null;
}

function selectedBy(selection: Json, host: string, { path, certificates, foreign }: Search): LoadedCertificate[] {
  const { any_tag: tags, ...more } = selection;
  for (const name of Object.keys(more))
    foreign(`${path}/certificate_selection/${name}`, `the certificate of ${host} is selected by ${name}`);
  return certificates.filter((one) => one.tags.some((tag) => listOf(tags).includes(tag)));
}

function nameUnusable(chosen: readonly LoadedCertificate[], host: string, { path, foreign }: Search): void {
  const [first] = chosen;
  if (first === undefined) {
    foreign(
      `${path}/certificate_selection`,
      `${host} has a certificate of its own, which the configuration does not load`,
    );
    return;
  }
  const why = 'problem' in first.read ? first.read.problem : `it is for ${first.read.facts.names.join(', ')}`;
  const where = first.files === null ? 'its text' : first.files.certificate;
  foreign(first.path, `${host} has a certificate of its own that cannot be imported: ${where}: ${why}`);
}

/** Returns a certificate as manifests hold it. */
export function manifestCertificate(given: GivenCertificate | null): Tls['certificate'] {
  return given && { fingerprint: given.facts.fingerprint, chain: given.chain, notAfter: given.facts.notAfter };
}

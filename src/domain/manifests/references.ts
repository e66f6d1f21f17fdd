import { nearest } from '../data/nearest.js';
import type { ManifestResource } from './manifest.js';
import type { FieldPath, ManifestKind } from './form.js';
import type { Route } from '../resources/route.js';
import { secretCommand } from '../resources/secret.js';
import { secretsUsedBy, type SecretKindName } from '../secrets/kinds.js';
import { isUpstreamName } from '../resources/upstream.js';

/** A field of a manifest that names another resource. */
export interface Reference {
  readonly path: FieldPath;
  readonly kind: ManifestKind;
  readonly name: string;
  /** The kind of secret that is needed, where `kind` is Secret. */
  readonly secretKind?: SecretKindName;
}

/** What a resource needs to be there. */
export function referencesOf(resource: ManifestResource): Reference[] {
  return resource.kind === 'Route' ? referencesOfRoute(resource.value) : [];
}

/** What is said of a reference that nothing answers to, with the nearest name that something has. */
export function unresolved({ kind, name, secretKind }: Reference, known: readonly string[]): string {
  const close = nearest(name, known);
  const wayOut = kind === 'Secret' ? `; create it with: ${secretCommand(name, secretKind)}` : '';
  return `there is no ${WORDS[kind]} ${name}${close ? `; did you mean ${close}?` : wayOut}`;
}

const WORDS: Readonly<Record<ManifestKind, string>> = {
  AuthPolicy: 'auth policy',
  Upstream: 'upstream',
  Secret: 'secret',
  Route: 'route',
};

function referencesOfRoute({ upstream, backupUpstream, authPolicy, middleware }: Route): Reference[] {
  const upstreams = { upstream, backupUpstream };
  return [
    ...Object.entries(upstreams).flatMap(([field, ref]) =>
      ref !== null && isUpstreamName(ref) ? [{ path: ['spec', field], kind: 'Upstream' as const, name: ref }] : [],
    ),
    ...(authPolicy === null ? [] : [{ path: ['spec', 'authPolicy'], kind: 'AuthPolicy' as const, name: authPolicy }]),
    ...middleware.flatMap((text, index) =>
      secretsUsedBy({ middleware: [text] }).map(({ kind: secretKind, name }) => ({
        path: ['spec', 'middleware', index],
        kind: 'Secret' as const,
        name,
        secretKind,
      })),
    ),
  ];
}

import { z } from 'zod';
import { authPolicyForm } from './auth-policy.js';
import type { Contradiction, FieldPath, ManifestForm, ManifestKind, ManifestValues } from './form.js';
import { documentIssues, type ManifestIssue } from './issues.js';
import { routeForm } from './route.js';
import { secretForm } from './secret.js';
import { upstreamForm } from './upstream.js';
import { nearest } from '../data/nearest.js';
import { find, type State } from '../log/state.js';

/** What stands at the top of every manifest. */
export const API_VERSION = 'hecate.io/v1';

/** How each kind is written. A further kind of manifest is a form of its own and a line here. */
const forms: { readonly [K in ManifestKind]: ManifestForm<K> } = {
  AuthPolicy: authPolicyForm,
  Upstream: upstreamForm,
  Secret: secretForm,
  Route: routeForm,
};

/** Kinds of manifests; what a kind may refer to stands before it. */
export const manifestKinds = Object.keys(forms) as ManifestKind[];

/** A resource as it is written in files. */
export interface Manifest {
  readonly apiVersion: typeof API_VERSION;
  readonly kind: ManifestKind;
  readonly metadata: { readonly name: string };
  readonly spec: Readonly<Record<string, unknown>>;
}

/** A resource that a manifest describes; `name` is its identity in the log. */
export type ManifestResource = {
  [K in ManifestKind]: { readonly kind: K; readonly name: string; readonly value: ManifestValues[K] };
}[ManifestKind];

/** How manifests of a kind are written. */
export function formOf<K extends ManifestKind>(kind: K): ManifestForm<K> {
  return forms[kind];
}

/** A resource as a manifest: reading it gives an equal value. */
export function manifestOf<K extends ManifestKind>(kind: K, value: ManifestValues[K]): Manifest {
  const form = formOf(kind);
  return { apiVersion: API_VERSION, kind, metadata: { name: form.nameOf(value) }, spec: form.specOf(value) };
}

/** What a manifest only asserts and a log does not hold so, which no apply can make; null: it does, or an apply does. */
export function missingPrerequisite(state: State, { kind, name, value }: ManifestResource): Contradiction | null {
  return formOf(kind).missingPrerequisite?.(value, find(state, kind, name)?.value) ?? null;
}

/** The schema of a whole document of one kind. */
export function documentSchema(kind: ManifestKind) {
  const { name, spec } = formOf(kind);
  return z.strictObject({
    apiVersion: z.literal(API_VERSION).describe('Version of this format.'),
    kind: z.literal(kind).describe('What is described.'),
    metadata: z.strictObject({ name: name.describe('Name; of a Route a label for people.') }),
    spec,
    status: z.unknown().optional().describe('What `list` and `read` print beside the manifest. It is ignored.'),
  });
}

const schemas = new Map(manifestKinds.map((kind) => [kind, documentSchema(kind)]));

/** What a parsed document describes, or everything that is wrong with it. */
export function readManifest(document: unknown): ManifestResource | readonly ManifestIssue[] {
  const kind = kindOf(document);
  if (typeof kind !== 'string') return [kind];
  const schema = schemas.get(kind);
  const parsed = schema?.safeParse(document);
  const form = formOf(kind);
  if (!schema || !parsed?.success) return documentIssues({ schema, document, form }, parsed?.error);
  const { metadata, spec } = parsed.data;
  const contradiction = form.contradiction(metadata.name, spec);
  if (contradiction) return [{ ...contradiction, code: 'HEC009', isAboutName: false }];
  const value = form.valueOf(metadata.name, spec);
  return { kind, name: form.identityOf(value), value } as ManifestResource;
}

function kindOf(document: unknown): ManifestKind | ManifestIssue {
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    return notManifest([], `a manifest is a mapping with apiVersion: ${API_VERSION}, kind, metadata and spec`);
  }
  const { apiVersion, kind } = document as Record<string, unknown>;
  if (apiVersion !== API_VERSION) return notManifest(['apiVersion'], `apiVersion is ${API_VERSION}`);
  if (manifestKinds.includes(kind as ManifestKind)) return kind as ManifestKind;
  const close = nearest(String(kind), manifestKinds);
  return notManifest(['kind'], `kind is one of ${manifestKinds.join(', ')}${close ? `; did you mean ${close}?` : ''}`);
}

function notManifest(path: FieldPath, message: string): ManifestIssue {
  return { code: 'HEC006', path, message, isAboutName: false };
}

import { z } from 'zod';
import { alertSinkForm } from './kinds/alert-sink.js';
import { alertRuleForm } from './kinds/alert-rule.js';
import { authPolicyForm } from './kinds/auth-policy.js';
import type { Contradiction, FieldPath, ManifestForm, ManifestValues } from './form.js';
import { documentIssues, type ManifestIssue } from './issues.js';
import { routeForm } from './kinds/route.js';
import { scheduleForm } from './kinds/schedule.js';
import { secretForm } from './kinds/secret.js';
import { upstreamForm } from './kinds/upstream.js';
import { nearest } from '../data/nearest.js';
import { find, type State } from '../log/state.js';
import { definitionOf, kindsWithRole, type ManifestKind } from '../resources/kinds.js';

/** `apiVersion` of every manifest. */
export const API_VERSION = 'hecate.io/v1';

/** The form of each kind in manifests. A kind without a form does not compile. */
const forms: { readonly [K in ManifestKind]: ManifestForm<K> } = {
  AuthPolicy: authPolicyForm,
  Upstream: upstreamForm,
  Schedule: scheduleForm,
  AlertSink: alertSinkForm,
  Secret: secretForm,
  AlertRule: alertRuleForm,
  Route: routeForm,
};

/** Kinds that manifests describe or assert, in order of creation. */
export const manifestKinds: readonly ManifestKind[] = kindsWithRole('base', 'asserted');

/** A manifest: a resource as it is written in files. */
export interface Manifest {
  readonly apiVersion: typeof API_VERSION;
  readonly kind: ManifestKind;
  readonly metadata: { readonly name: string };
  readonly spec: Readonly<Record<string, unknown>>;
}

/** A resource that a manifest describes or asserts; `name` is its name in the log. */
export type ManifestResource = {
  [K in ManifestKind]: { readonly kind: K; readonly name: string; readonly value: ManifestValues[K] };
}[ManifestKind];

/** Returns the form of a kind in manifests. */
export function formOf<K extends ManifestKind>(kind: K): ManifestForm<K> {
  return forms[kind];
}

/** Returns a resource as a manifest. Reading that manifest gives an equal value. */
export function manifestOf<K extends ManifestKind>(kind: K, value: ManifestValues[K]): Manifest {
  const form = formOf(kind);
  return { apiVersion: API_VERSION, kind, metadata: { name: form.nameOf(value) }, spec: form.specOf(value) };
}

/** Returns the problem when the log does not hold what a manifest asserts and apply cannot create it; null: no problem. */
export function missingPrerequisite(state: State, { kind, name, value }: ManifestResource): Contradiction | null {
  return formOf(kind).missingPrerequisite?.(value, find(state, kind, name)?.value) ?? null;
}

/** Returns the schema of a whole manifest of one kind. */
export function documentSchema(kind: ManifestKind) {
  const { name, spec } = formOf(kind);
  return z.strictObject({
    apiVersion: z.literal(API_VERSION).describe('Version of this format.'),
    kind: z.literal(kind).describe('Kind of the resource.'),
    metadata: z.strictObject({ name: name.describe('Name of the resource; of a Route its display name.') }),
    spec,
    status: z.unknown().optional().describe('Status that `list` and `read` add. Ignored in files.'),
  });
}

const schemas = new Map(manifestKinds.map((kind) => [kind, documentSchema(kind)]));

/** Returns the resource that a parsed document describes, or all its issues. */
export function readManifest(document: unknown): ManifestResource | readonly ManifestIssue[] {
  const kind = kindOf(document);
  if (typeof kind !== 'string') return [kind];
  const schema = schemas.get(kind);
  const parsed = schema?.safeParse(document);
  const form = formOf(kind);
  if (!schema || !parsed?.success) return documentIssues({ schema, document, form }, parsed?.error);
  const { metadata, spec } = parsed.data;
  const contradiction = form.contradiction(metadata.name, spec);
  if (contradiction) return [issueOf(contradiction)];
  const value = form.valueOf(metadata.name, spec);
  return { kind, name: nameInLog(kind, value), value } as ManifestResource;
}

/** Returns the resources that a manifest describes beside its own, each with the field that describes it. */
export function impliedBy({
  kind,
  value,
}: ManifestResource): readonly { readonly resource: ManifestResource; readonly field: FieldPath }[] {
  return (formOf(kind).implies?.(value) ?? []).map(({ field, ...implied }) => ({
    resource: { ...implied, name: nameInLog(implied.kind, implied.value) } as ManifestResource,
    field,
  }));
}

function issueOf({ path, message, isMissing = false }: Contradiction): ManifestIssue {
  return { code: isMissing ? 'HEC008' : 'HEC009', path, message, isAboutName: isMissing };
}

/** Returns the name under which the log holds the resource that a manifest describes. */
export function nameInLog(kind: ManifestKind, value: object): string {
  return (value as Record<string, string>)[definitionOf(kind).identity] ?? '';
}

/** Returns the field of a manifest that identifies its resource. */
export function identityField(kind: ManifestKind): FieldPath {
  const { identity } = definitionOf(kind);
  return identity === 'name' ? ['metadata', 'name'] : ['spec', identity];
}

function kindOf(document: unknown): ManifestKind | ManifestIssue {
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    return notManifest([], `a manifest is a mapping with apiVersion: ${API_VERSION}, kind, metadata and spec`);
  }
  const { apiVersion, kind } = document as Record<string, unknown>;
  if (apiVersion !== API_VERSION)
    return notManifest(['apiVersion'], `apiVersion must be ${API_VERSION}, which is the only version`);
  if (manifestKinds.includes(kind as ManifestKind)) return kind as ManifestKind;
  const close = nearest(String(kind), manifestKinds);
  return notManifest(
    ['kind'],
    `kind must be one of ${manifestKinds.join(', ')}${close ? `; did you mean ${close}?` : ''}`,
  );
}

function notManifest(path: FieldPath, message: string): ManifestIssue {
  return { code: 'HEC006', path, message, isAboutName: false };
}

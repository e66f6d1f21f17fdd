import { stringify } from 'yaml';
import { manifestOf, type ManifestResource } from '../../domain/manifests/manifest.js';

/** A resource as one YAML document; reading it gives an equal resource. */
export function manifestText({ kind, value }: Pick<ManifestResource, 'kind' | 'value'>): string {
  return stringify(manifestOf(kind, value as never), { lineWidth: 0 });
}

/** Resources as one file of several documents; an empty text for none. */
export function manifestTexts(resources: readonly Pick<ManifestResource, 'kind' | 'value'>[]): string {
  return resources.map(manifestText).join('---\n');
}

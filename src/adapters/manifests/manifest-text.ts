import { stringify } from 'yaml';
import { manifestOf, type ManifestResource } from '../../domain/manifests/manifest.js';

/** Writes a resource as one YAML document. Reading it back gives an equal resource. */
export function manifestText({ kind, value }: Pick<ManifestResource, 'kind' | 'value'>): string {
  return stringify(manifestOf(kind, value as never), { lineWidth: 0 });
}

/** Writes resources as one text with several YAML documents; an empty text for none. */
export function manifestTexts(resources: readonly Pick<ManifestResource, 'kind' | 'value'>[]): string {
  return resources.map(manifestText).join('---\n');
}

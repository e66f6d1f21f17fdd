import { z } from 'zod';
import { alikeList, alikeText } from './data/delta-list.js';
import type { Desired } from './manifests/desired.js';
import { sourceSchema } from './resources/source.js';

/** What a command hands over to the worker, as a text. */
export function handedOverText({ source, resources }: Pick<Desired, 'source' | 'resources'>): string {
  return `{"source":${JSON.stringify(source)},"alike":${alikeText(resources)}}`;
}

const handedOverSchema = z.object({ source: sourceSchema, alike: z.array(z.unknown()) });

/**
 * What such a text says. Only the source is checked: what a resource says is for its own schema. Throws where it is no
 * such text.
 */
export function parseHandedOver(text: string) {
  const { source, alike } = handedOverSchema.parse(JSON.parse(text));
  return { source, resources: alikeList(alike) as readonly Readonly<Record<string, unknown>>[] };
}

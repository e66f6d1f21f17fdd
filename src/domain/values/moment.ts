import { z } from 'zod';

/** A position in the log's past: everything up to a time, or up to a message. */
export type Moment = { readonly at: string } | { readonly sequence: number };

/** A time in ISO 8601 with a zone. The canonical form is UTC with milliseconds, as in the log. */
export const instant = z
  .string()
  .refine((text) => isInstant(text), 'a time is ISO 8601 with a zone, such as 2024-01-15T10:00:00Z')
  .overwrite((text) => (isInstant(text) ? new Date(text).toISOString() : text));

function isInstant(text: string): boolean {
  return z.iso.datetime({ offset: true }).safeParse(text).success && !Number.isNaN(Date.parse(text));
}

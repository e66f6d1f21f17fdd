import { z } from 'zod';
import type { Generation } from '../../domain/log/commit.js';

/** The generation as a proxy carries it. Its names are older than those of the type, and stay for proxies that run. */
const generationSchema = z.object({
  logId: z.string(),
  sequence: z.number().int().nonnegative(),
  hash: z.string(),
  made: z.string().optional(),
  tls: z.string().optional(),
  lacks: z.string().optional(),
});

/** Parses a generation from JSON. Returns null for any other text and never throws. */
export function parseGeneration(text: string): Generation | null {
  try {
    const { data } = generationSchema.safeParse(JSON.parse(text));
    if (data === undefined) return null;
    const { made, lacks, ...position } = data;
    return {
      ...position,
      ...(made === undefined ? {} : { compiler: made }),
      ...(lacks === undefined ? {} : { missingSecrets: lacks }),
    };
  } catch {
    return null;
  }
}

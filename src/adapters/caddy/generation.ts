import { z } from 'zod';
import type { Generation } from '../../domain/log/commit.js';

const generationSchema = z.object({
  logId: z.string(),
  sequence: z.number().int().nonnegative(),
  hash: z.string(),
  made: z.string().optional(),
  tls: z.string().optional(),
  lacks: z.string().optional(),
});

/** The generation in a JSON text; null for anything else. */
export function parseGeneration(text: string): Generation | null {
  try {
    return generationSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

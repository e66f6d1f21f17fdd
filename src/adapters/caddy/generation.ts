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

/** Parses a generation from JSON. Returns null for any other text and never throws. */
export function parseGeneration(text: string): Generation | null {
  try {
    return generationSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

import { z } from 'zod';

/** What acts on a route's requests, each in its canonical text, in order. */
export const middlewareList = z.array(z.string());

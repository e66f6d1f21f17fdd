import { z } from 'zod';
import { labelMap } from '../values/label.js';
import { resourceName } from '../values/name.js';
import { defineKind, noReferences } from './definition.js';

const LONGEST_REASON = 1_000;

/** Name of a silence. */
export const silenceName = resourceName('a silence’s name');

/** Labels that an alert must have; a `*` in a value stands for any text. */
export const matchers = labelMap.refine((labels) => Object.keys(labels).length > 0, 'give at least one label');

/** A silence: until it ends, no sink is told that an alert with these labels fires. */
export const silenceSchema = z.strictObject({
  name: silenceName,
  matchers,
  /** ISO 8601 UTC. */
  since: z.iso.datetime(),
  /** ISO 8601 UTC. It has no effect from then on. */
  until: z.iso.datetime(),
  reason: z.string().min(1).max(LONGEST_REASON, `a reason has at most ${LONGEST_REASON} characters`),
});

/** A silence as the log holds it. */
export type Silence = z.infer<typeof silenceSchema>;

/** The kind `Silence`. */
export const silenceDefinition = defineKind({
  role: 'exception',
  changedBy: 'operator',
  noun: 'silence',
  plural: 'silences',
  schema: silenceSchema,
  identity: 'name',
  driftsIn: null,
  refersTo: [],
  references: noReferences,
});

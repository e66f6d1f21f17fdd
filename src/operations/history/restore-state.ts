import { z } from 'zod';
import { restorableComponents } from '../../domain/backup/target.js';
import type { Refusal } from '../../domain/refusal.js';
import { definitionOf } from '../../domain/resources/kinds.js';
import { secretCommand, type Secret } from '../../domain/resources/secret.js';
import type { Context } from '../operation.js';
import { defineOperation, LONGEST_SUBJECT } from '../operation.js';
import type { ReadFirst } from '../questions.js';
import { conflict, invalid, refuse } from '../refusals.js';
import { NEEDS_FIRST } from '../rules/consistency.js';
import { force } from '../rules/force.js';
import { goBack, goingBackQuestions } from './going-back.js';
import { restored, valueClaims, valueless, valueQuestions, type Asked } from './restored-state.js';

/**
 * Gives the resources of a backup back, in one commit that can itself be undone. History stays: what was made since the
 * backup is in the log, and base resources that the backup lacks are deleted. A bypass, canary or failover in force continues
 * while its route allows it; an ended one never returns. Restoring twice changes nothing.
 */
export const restoreState = defineOperation({
  key: 'state.restore',
  path: ['backup', 'restore'],
  isInternal: true,
  summary: 'Restore from a backup',
  examples: [],
  input: z.strictObject({
    backup: z.string().min(1).max(250).describe('Name of the backup'),
    staged: z.string().max(64).describe('Hash of the backup’s state, which the command line handed over'),
    components: z
      .array(z.enum(restorableComponents as [string, ...string[]]))
      .default([])
      .describe('Plurals of kinds; empty: all base resources and missing secrets'),
    into: z.boolean().default(false).describe('The backup may be that of another environment'),
    yes: z.boolean().default(false).describe('Carry it out although visitors would lose something, such as sign-in'),
    force,
  }),
  subject: ({ backup }) => backup.slice(0, LONGEST_SUBJECT),
  restores: ({ staged }) => staged,
  questions(state, input, first) {
    const asked = askedOf(input, first, '');
    if (asked === null) return [];
    const { changes } = restored(state, asked);
    return [...goingBackQuestions(changes), ...valueQuestions(state, changes, asked.target)];
  },
  decide(state, input, answers, context) {
    const asked = askedOf(input, answers, context.now);
    if (asked === null) throw new Error('the target was not read');
    const { target } = asked;
    const lacking = lackingComponents(asked);
    if (lacking) return refuse(lacking);
    const { changes, stays } = restored(state, asked);
    const gone = valueless(changes, target, answers);
    if (gone) return refuse(valueGone(gone, target.origin.name));
    const isKept = (vaultPath: string) => Object.hasOwn(target.values, vaultPath) || answers.isKept(vaultPath);
    const decided = goBack(state, { changes, warnings: stays }, { ...answers, isKept }, context);
    if (decided.kind === 'refuse') return refuse(withWayOut(decided.refusal, target));
    const claims = valueClaims(state, changes, target, answers);
    return { ...decided, ...(claims.length === 0 ? {} : { claims }) };
  },
});

interface Input {
  readonly components: readonly string[];
  readonly into: boolean;
}

function askedOf({ components, into }: Input, first: ReadFirst, now: Context['now']): Asked | null {
  const target = first.restored();
  return target && { target, components, into, now };
}

/** Returns the refusal of components that the backup does not have; null: it has all. */
function lackingComponents({ target, components }: Asked): Refusal | null {
  const has = target.kinds.map((kind) => definitionOf(kind).plural);
  const lacking = components.filter((one) => !has.includes(one));
  if (lacking.length === 0) return null;
  const { name } = target.origin;
  return invalid('component-missing', `${name} has no ${lacking.join(' and no ')}`, `It has: ${has.join(', ')}`);
}

/** A backup of the whole state has what is missing, but gives it back only where it is asked for. */
function withWayOut(refusal: Refusal, { kinds }: Asked['target']): Refusal {
  if (refusal.hint !== NEEDS_FIRST) return refusal;
  const more = kinds.includes('Secret')
    ? 'Restore the secrets first: --components secrets'
    : 'Create what it needs first';
  return { ...refusal, hint: `${more}. Or leave it out: --components upstreams,auth-policies,schedules` };
}

function valueGone({ name, kind }: Pick<Secret, 'name' | 'kind'>, backup: string): Refusal {
  return conflict(
    'value-destroyed',
    `secret ${name} cannot be restored: neither Vault nor ${backup} has its value`,
    `Create it with a new value first: ${secretCommand(name, kind)}`,
  );
}

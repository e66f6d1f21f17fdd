import { z } from 'zod';
import type { Secret } from '../../domain/resources/secret.js';
import { vaultPathOf } from '../../domain/resources/secret.js';
import { editionAt } from '../../domain/secrets/edition.js';
import { needsFile, secretKindOf } from '../../domain/secrets/kinds.js';
import {
  courseOf,
  graceText,
  holdable,
  MOST_ATTEMPTS,
  strategies,
  superseded,
  USUAL_ATTEMPTS,
  USUAL_GRACE,
  type Phase,
  type Rotation,
  type RotationPolicy,
  type Strategy,
} from '../../domain/secrets/rotation.js';
import { rotationPolicy } from '../../domain/log/rotation-due.js';
import { all, find, type State } from '../../domain/log/state.js';
import type { Refusal } from '../../domain/refusal.js';
import { defineOperation } from '../operation.js';
import { conflict, invalid, refuse } from '../refusals.js';
import { usersOf } from '../../domain/log/users.js';
import { missingSecret, routesWithSecret } from '../rules/route.js';
import { nameField, optionalValueField, valueQuestions, valueRefusal } from './decision.js';
import { graceWithoutEffect } from '../rules/grace.js';
import { notOwnKey } from '../rules/operator-key.js';
import { rotationDecision, rotationRuns } from './rotation.js';

/** Begins the rotation of a secret. Its workflow then goes through the phases; the log has each. */
export const rotateSecret = defineOperation({
  key: 'secret.rotate',
  path: ['update', 'secret', 'rotate'],
  summary: 'Rotate a secret: make a new value, change over, and revoke the old one',
  examples: [
    'update secret rotate --name authentik-api-token --strategy dual-secret',
    'update secret rotate --name caddy-admin-password --strategy immediate',
    'update secret rotate --name team --grace 24h --hold-at commit',
  ],
  input: z.strictObject({
    name: nameField,
    strategy: z
      .enum(strategies)
      .optional()
      .describe(
        'dual-secret: both values are valid for a time; immediate: without that (default: that of its schedule, else dual-secret)',
      )
      .meta({ placeholder: 'strategy' }),
    grace: graceText
      .optional()
      .describe(
        `Time for which the old value stays valid: a duration, 0s, or until-next (default: that of its schedule, else ${USUAL_GRACE})`,
      )
      .meta({ placeholder: 'duration', suggests: ['0s', '1h', '24h', 'until-next'] }),
    holdAt: z
      .enum(holdable)
      .optional()
      .describe('Wait before this phase until: hecate finish secret rotation')
      .meta({ placeholder: 'phase' }),
    fromFile: optionalValueField,
    revokeNow: z.boolean().default(false).describe('The old value leaked: revoke it first; needs --yes'),
    maxAttempts: z
      .number()
      .int()
      .min(1)
      .max(MOST_ATTEMPTS)
      .default(USUAL_ATTEMPTS)
      .describe('Attempts of one phase before it is given up')
      .meta({ placeholder: 'n' }),
    yes: z.boolean().default(false).describe('Revoke at once although its users lose access, with --revoke-now'),
  }),
  subject: (input) => input.name,
  handoverProblem: ({ fromFile }, handover) =>
    fromFile === undefined ? null : valueRefusal({ fromFile }, null, handover),
  questions(state, { name, fromFile }) {
    const before = find(state, 'Secret', name)?.value;
    return before === undefined || fromFile === undefined
      ? []
      : valueQuestions({ ...before, edition: fromFile }, state);
  },
  decide(state, input, answers, { now, actor }) {
    const before = find(state, 'Secret', input.name)?.value;
    if (!before) return refuse(missingSecret(state, input.name));
    const policy = rotationPolicy(
      input.name,
      all(state, 'Schedule').map(({ value }) => value),
    );
    const strategy = strategyOf(policy, input);
    const refusal: Refusal | null = notOwnKey(state, before, actor) ?? whyNot(state, before, { ...input, strategy });
    if (refusal) return refuse(refusal);
    const { fromFile, holdAt = null, maxAttempts } = input;
    const revokesFirst = isRevokedFirst(before, input.revokeNow);
    if (fromFile !== undefined) {
      const unusable = valueRefusal({ fromFile }, before.kind, answers);
      if (unusable) return refuse(unusable);
    }
    const version = before.version + 1;
    const next = { version, edition: fromFile ?? editionAt(version, now) };
    const rotation: Rotation = {
      // The id of the operation is not known here; version and time are unique for a secret.
      id: `${input.name}-${next.edition}`.slice(-LONGEST_ID),
      ...{ strategy, revokesFirst, phase: 'preflight', phaseSince: now, startedAt: now, by: actor },
      ...{ former: { version: before.version, edition: before.edition }, next },
      older: before.rotation?.former ?? null,
      isBrought: fromFile !== undefined,
      grace: strategy === 'immediate' ? '0s' : (input.grace ?? policy?.grace ?? USUAL_GRACE),
      ...{ graceUntil: null, holdAt, isHeld: false, maxAttempts, attempts: 0, problem: null, isStuck: false },
      ...{ revokedAt: null, downMs: null },
    };
    const warning = secretKindOf(before.kind).rotation.warning?.(before) ?? null;
    const warnings = warning === null ? [] : [warning];
    const decision = { ...rotationDecision(state, before, { ...superseded(before, now), rotation }), warnings };
    if (fromFile === undefined) return decision;
    const vaultPath = vaultPathOf({ ...before, edition: fromFile });
    return { ...decision, claims: [{ staged: fromFile, kind: before.kind, vaultPath }] };
  },
});

const LONGEST_ID = 64;

interface Input {
  readonly strategy: Strategy;
  readonly grace?: string | undefined;
  readonly holdAt?: Phase | undefined;
  readonly fromFile?: string | undefined;
  readonly revokeNow: boolean;
  readonly yes: boolean;
}

function strategyOf(
  policy: RotationPolicy | null,
  { strategy, revokeNow }: { readonly strategy?: Strategy | undefined; readonly revokeNow: boolean },
) {
  return strategy ?? (revokeNow ? 'immediate' : (policy?.strategy ?? 'dual-secret'));
}

/** A credential that is issued with the old one is issued before that is revoked, without a time between. */
function isRevokedFirst({ kind }: Pick<Secret, 'kind'>, revokeNow: boolean): boolean {
  return revokeNow && !secretKindOf(kind).rotation.issuesItself;
}

function whyNot(state: State, secret: Secret, input: Input): Refusal | null {
  const { name, kind } = secret;
  const { rotation } = secretKindOf(kind);
  // A grace period without an end ends with the next rotation.
  const isUntilNext = secret.rotation?.phase === 'grace' && secret.rotation.grace === 'until-next';
  const running = isUntilNext ? null : rotationRuns(secret);
  if (running) return running;
  if (input.strategy === 'dual-secret' && rotation.dualSecretProblem !== null) {
    const hint = `Rotate it at once: hecate update secret rotate --name ${name} --strategy immediate`;
    return invalid(
      'strategy-not-possible',
      `dual-secret is not possible for ${kind}: ${rotation.dualSecretProblem}`,
      hint,
    );
  }
  if (input.fromFile !== undefined && rotation.newValue === 'minted') {
    const hint = `Leave --from-file out: hecate update secret rotate --name ${name}`;
    return invalid('value-not-allowed', `Hecate makes the values of ${kind} itself`, hint);
  }
  if (input.fromFile === undefined && needsFile(secret)) {
    const hint = `Give the new value: hecate update secret rotate --name ${name} --from-file FILE`;
    return invalid('value-missing', `Hecate cannot make a value of ${kind}`, hint);
  }
  return strategyProblem(state, secret, input);
}

function strategyProblem(state: State, secret: Secret, input: Input): Refusal | null {
  const { name, consumers } = secret;
  const { strategy, revokeNow, grace, holdAt, yes } = input;
  const idle = graceWithoutEffect(strategy, grace);
  if (idle) return idle;
  if (revokeNow && strategy === 'dual-secret') {
    const hint = 'Give --strategy immediate with --revoke-now.';
    return invalid('revoke-now-with-grace', '--revoke-now leaves no time in which both values are valid', hint);
  }
  const course = courseOf({ strategy, revokesFirst: isRevokedFirst(secret, revokeNow) });
  if (holdAt !== undefined && !course.includes(holdAt)) {
    return invalid(
      'phase-not-in-strategy',
      `a rotation with ${strategy} has no phase ${holdAt}`,
      `Its phases are: ${course.join(', ')}.`,
    );
  }
  if (!revokeNow || yes) return null;
  const sinks = usersOf(state, 'Secret', name, 'AlertSink').map((sink) => `alert sink ${sink}`);
  const users = [...routesWithSecret(state, name), ...sinks, ...consumers.map((one) => one.name)];
  const broken = users.length === 0 ? 'no known user' : users.join(', ');
  const when = isRevokedFirst(secret, revokeNow) ? 'before' : 'in the moment in which';
  const message = `--revoke-now revokes ${name} ${when} its users get the new value. They lose access until they use it: ${broken}`;
  const hint = 'Add --yes to go on. Without --revoke-now, both values are valid for a time.';
  return { ...conflict('revokes-at-once', message, hint), acceptedBy: '--yes' };
}

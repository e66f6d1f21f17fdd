import { z } from 'zod';
import { defineForm, withoutDefaults } from '../form.js';
import { secretCommand } from '../../resources/secret.js';
import { purposes, secretKind, secretKindOf } from '../../secrets/kinds.js';
import { reservedName } from '../../secrets/reserved-names.js';
import { secretName } from '../../values/name.js';
import { isSecretValueField } from '../../values/redaction.js';
import { scheduleInterval, type Schedule } from '../../resources/schedule.js';
import type { DescribedSecret, RotationPlan } from '../../resources/secret.js';
import { actions } from '../../schedules/actions.js';
import { rotationScheduleName } from '../../schedules/rotate.js';
import { timingProblem } from '../../schedules/slot.js';
import { timingSpec } from './schedule.js';

const { secret: _, ...rotateOptions } = actions.rotate.options;

const rotationSpec = z.strictObject({
  every: scheduleInterval.describe('Interval of the rotations, such as `30d`, `2w` or `12h`.'),
  ...timingSpec,
  ...rotateOptions,
});

const usualRotation = {
  at: null,
  timezone: null,
  jitter: null,
  strategy: 'dual-secret',
  grace: '1h',
  keepVersions: 0,
} as const;

const secretSpec = z.strictObject({
  kind: secretKind.describe(`Kind of the secret: ${purposes}.`),
  rotation: rotationSpec
    .optional()
    .describe(
      'Regular rotation. It becomes the schedule `rotate-NAME`; without it, one that came from this source is deleted.',
    ),
});

/**
 * Manifests of secrets. They assert that a secret of this name and kind exists, and may describe the schedule that rotates it.
 * Only commands create and delete secrets and set their values.
 */
export const secretForm = defineForm({
  kind: 'Secret',
  name: secretName,
  spec: secretSpec,
  nameOf: ({ name }) => name,
  specOf: ({ kind, plan }) => ({ kind, ...(plan === undefined ? {} : { rotation: rotationSpecOf(plan) }) }),
  valueOf: (name, { kind, rotation }) => ({ name, kind, ...(rotation === undefined ? {} : { plan: rotation }) }),
  contradiction(_name, { rotation }) {
    const problem = rotation === undefined ? null : timingProblem(rotation);
    return problem && { path: ['spec', 'rotation', problem.field], message: problem.message };
  },
  implies: (secret) =>
    secret.plan === undefined
      ? []
      : [{ kind: 'Schedule', value: scheduleOf(secret, secret.plan), field: ['spec', 'rotation'] }],
  forbidden(field, name) {
    if (!isSecretValueField(field)) return null;
    const { data = 'NAME' } = secretName.safeParse(name);
    const rotated = `hecate update secret rotate --name ${data}`;
    const command = reservedName(data) === null ? secretCommand(data) : rotated;
    return `${field} is not allowed: a manifest never holds a secret’s value. Remove it, and set the value with: ${command}`;
  },
  missingPrerequisite({ name, kind }, held) {
    const command = secretCommand(name, kind);
    const { isOwn, ownSecrets } = secretKindOf(kind);
    if (held === undefined && isOwn) {
      const way = ownSecrets?.registered ?? 'The worker of the home that has the key registers it at its start';
      return {
        path: ['metadata', 'name'],
        message: `there is no secret ${name}; no command creates one of the kind ${kind}. ${way}`,
      };
    }
    const reserved = held === undefined ? reservedName(name) : null;
    if (reserved !== null)
      return { path: ['metadata', 'name'], message: `there is no secret ${name}, and ${reserved}; use another name` };
    if (held === undefined) {
      const message = `there is no secret ${name}, and a manifest cannot hold its value; create it with: ${command}`;
      return { path: ['metadata', 'name'], message };
    }
    if (held.kind === kind) return null;
    return {
      path: ['spec', 'kind'],
      message: `secret ${name} exists with another kind, ${held.kind as string}; ${isOwn ? 'use the name that the worker registered; see: hecate list secrets' : `use another name here and create it with: ${command}`}`,
    };
  },
});

function rotationSpecOf({ every, ...plan }: RotationPlan) {
  return { every, ...withoutDefaults<Omit<z.input<typeof rotationSpec>, 'every'>>(usualRotation, plan) };
}

function scheduleOf({ name }: DescribedSecret, plan: RotationPlan): Schedule {
  const { every, at, timezone, jitter, ...options } = plan;
  return {
    ...{ name: rotationScheduleName(name), every, at, timezone, jitter },
    ...{ action: { kind: 'rotate', secret: name, ...options }, paused: null, source: null },
  };
}

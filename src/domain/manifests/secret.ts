import { z } from 'zod';
import { defineForm } from './form.js';
import { secretCommand } from '../resources/secret.js';
import { purposes, secretKind } from '../secrets/kinds.js';
import { secretName } from '../values/name.js';
import { isSecretValueField } from '../values/redaction.js';

const secretSpec = z.strictObject({
  kind: secretKind.describe(`Kind of the secret: ${purposes}.`),
});

/**
 * Manifests of secrets. They assert that a secret of this name and kind exists. Only commands create and delete secrets and
 * set their values.
 */
export const secretForm = defineForm({
  kind: 'Secret',
  name: secretName,
  spec: secretSpec,
  nameOf: ({ name }) => name,
  specOf: ({ kind }) => ({ kind }),
  valueOf: (name, { kind }) => ({ name, kind }),
  contradiction: () => null,
  forbidden(field, name) {
    if (!isSecretValueField(field)) return null;
    const { data = 'NAME' } = secretName.safeParse(name);
    return `${field} is not allowed: a manifest never holds a secret’s value. Remove it, and set the value with: ${secretCommand(data)}`;
  },
  missingPrerequisite({ name, kind }, held) {
    const command = secretCommand(name, kind);
    if (held === undefined) {
      const message = `there is no secret ${name}, and a manifest cannot hold its value; create it with: ${command}`;
      return { path: ['metadata', 'name'], message };
    }
    if (held.kind === kind) return null;
    return {
      path: ['spec', 'kind'],
      message: `secret ${name} exists with another kind, ${held.kind as string}; use another name here and create it with: ${command}`,
    };
  },
});

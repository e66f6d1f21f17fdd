import { z } from 'zod';
import { defineForm } from './form.js';
import { secretCommand, secretKind } from '../resources/secret.js';
import { secretName } from '../values/name.js';
import { isValueName } from '../values/redaction.js';

const secretSpec = z.strictObject({
  kind: secretKind.describe('What it is for: basic-auth, the accounts of a middleware basic-auth:NAME.'),
});

/** Asserts that a secret is there, by `metadata.name` and kind. Its value came by a command, and no apply makes or ends it. */
export const secretForm = defineForm({
  kind: 'Secret',
  folder: 'secrets',
  name: secretName,
  spec: secretSpec,
  identityOf: ({ name }) => name,
  nameOf: ({ name }) => name,
  specOf: ({ kind }) => ({ kind }),
  valueOf: (name, { kind }) => ({ name, kind }),
  contradiction: () => null,
  forbidden(field, name) {
    if (!isValueName(field)) return null;
    const { data = 'NAME' } = secretName.safeParse(name);
    return `${field} does not belong here, since a value never stands in a manifest; hand it over with: ${secretCommand(data)}`;
  },
  missingPrerequisite({ name, kind }, held) {
    const command = secretCommand(name, kind);
    if (held === undefined) {
      const message = `there is no secret ${name}, and a manifest cannot bring its value; make it with: ${command}`;
      return { path: ['metadata', 'name'], message };
    }
    if (held.kind === kind) return null;
    return {
      path: ['spec', 'kind'],
      message: `secret ${name} is of the kind ${held.kind as string}; give this one another name, and make it with: ${command}`,
    };
  },
});

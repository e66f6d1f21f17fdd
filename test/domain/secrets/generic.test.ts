import { describe, expect, it } from 'vitest';
import { generic, genericSettings } from '../../../src/domain/secrets/generic.js';

describe('a generic secret', () => {
  it('has a default for each setting', () => {
    expect(genericSettings.parse({})).toEqual({
      webhook: null,
      webhookSecret: null,
      command: null,
      commandInput: 'nothing',
      acknowledgement: 'delivery',
      valueFormat: 'base64url',
      valueLength: 43,
    });
  });

  it.each(['../hook', '/bin/sh', 'a/b', '.hidden', '-x', 'a b', '', 'a\0', 'x'.repeat(101)])(
    'takes no command %j',
    (command) => expect(genericSettings.safeParse({ command }).success).toBe(false),
  );

  it('is a text of 1 to 65536 characters', () => {
    expect(generic.problem('a')).toBeNull();
    expect(generic.problem('')).toBe('the file is empty');
    expect(generic.problem('a'.repeat(65_537))).toMatch(/longer than 65536/);
  });
});

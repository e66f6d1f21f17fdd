import { describe, expect, it } from 'vitest';
import { changeOf } from '../../../src/domain/log/commit.js';
import { newSecret, type Secret } from '../../../src/domain/resources/secret.js';
import { genericSettings } from '../../../src/domain/secrets/generic.js';
import { emptyState, fold } from '../../../src/domain/log/state.js';
import { createSecret } from '../../../src/operations/secrets/create-secret.js';
import { deleteSecret } from '../../../src/operations/secrets/delete-secret.js';
import { rotateSecret } from '../../../src/operations/secrets/rotate-secret.js';
import { updateSecret } from '../../../src/operations/secrets/update-secret.js';
import { context, quiet } from '../../builders/answers.js';
import { entries } from '../../builders/log.js';
import { runningRotation } from '../../builders/rotating.js';

const [first, second, key] = ['a'.repeat(24), 'b'.repeat(24), 'k'.repeat(24)];
const WEBHOOK = 'https://billing.example.com/hooks/hecate';
const billing = newSecret({
  ...{ name: 'billing', kind: 'generic', version: 1, edition: first },
  settings: genericSettings.parse({ webhook: WEBHOOK, webhookSecret: 'billing-webhook' }),
});
const signer = newSecret({
  ...{ name: 'billing-webhook', kind: 'generic', version: 1, edition: key },
  settings: genericSettings.parse({ valueFormat: 'whsec' }),
});
const team = newSecret({ name: 'team', kind: 'basic-auth', version: 1, edition: first });
const stateOf = (...secrets: Secret[]) =>
  fold(emptyState, entries({ one: secrets.map((one) => changeOf('Secret', one.name, null, one)) }));

const create = (more: Record<string, unknown>) =>
  createSecret.input.parse({ name: 'billing', kind: 'generic', fromFile: first, ...more });
const update = (more: Record<string, unknown>) => updateSecret.input.parse({ name: 'billing', ...more });

describe('create secret', () => {
  it('makes the first value of a kind that needs no file, and the key of its webhook', () => {
    const usual = { valueFormat: 'base64url', valueLength: 43 };
    expect(createSecret.mints?.(create({ fromFile: undefined }))).toEqual({
      fromFile: expect.objectContaining(usual) as unknown,
    });
    expect(createSecret.mints?.(create({ fromFile: undefined, valueFormat: 'hex', valueLength: 64 }))).toMatchObject({
      fromFile: { valueFormat: 'hex', valueLength: 64 },
    });
    expect(createSecret.mints?.(create({}))).toEqual({});
    expect(createSecret.mints?.(create({ webhook: WEBHOOK }))).toMatchObject({ signerKey: { valueFormat: 'whsec' } });
    expect(createSecret.mints?.(create({ webhook: WEBHOOK, webhookSecret: 'other' }))).toEqual({});
    expect(createSecret.mints?.(create({ webhook: 'none' }))).toEqual({});
  });

  it('needs a file for the other kinds', () => {
    const parsed = createSecret.input.safeParse({ name: 'team' });
    expect(parsed.error?.issues.map(({ message }) => message)).toEqual([
      '--from-file is missing; give a file with a line user:password (or user:bcrypt-hash) for each account',
    ]);
  });

  it('creates the secret that signs its webhook in the same commit', () => {
    expect(createSecret.decide(emptyState, create({ webhook: WEBHOOK, signerKey: key }), quiet, context)).toMatchObject(
      {
        changes: [
          { name: 'billing-webhook', before: null, after: signer },
          { name: 'billing', before: null, after: billing },
        ],
        claims: [
          { staged: key, vaultPath: `generic/billing-webhook/${key}` },
          { staged: first, vaultPath: `generic/billing/${first}` },
        ],
      },
    );
  });

  it('uses a secret that exists as the one that signs', () => {
    const input = create({ webhook: WEBHOOK, signerKey: second });
    expect(createSecret.decide(stateOf(signer), input, quiet, context)).toMatchObject({
      changes: [{ name: 'billing', after: { settings: { webhookSecret: 'billing-webhook' } } }],
    });
    const named = create({ webhook: WEBHOOK, webhookSecret: 'billing-webhook' });
    expect(createSecret.decide(stateOf(signer), named, quiet, context)).toMatchObject({
      changes: [{ name: 'billing' }],
    });
  });

  it.each([
    [{ webhook: WEBHOOK }, 'webhook-unsigned'],
    [{ webhook: WEBHOOK, webhookSecret: 'other' }, 'secret-missing'],
    [{ webhook: WEBHOOK, webhookSecret: 'team' }, 'secret-of-other-kind'],
    [{ webhook: WEBHOOK, webhookSecret: 'billing' }, 'webhook-signs-itself'],
    [{ webhook: WEBHOOK, signerKey: key, name: 'x'.repeat(60) }, 'webhook-unsigned'],
  ])('refuses %j', (more, code) => {
    expect(createSecret.decide(stateOf(team), create(more), quiet, context)).toMatchObject({ refusal: { code } });
  });

  it('refuses a setting of another kind, and names those of its own', () => {
    const input = createSecret.input.parse({ name: 'team', fromFile: first, webhook: WEBHOOK });
    const refusal = {
      kind: 'invalid',
      code: 'setting-of-other-kind',
      message: '--webhook is a setting of secrets of the kind generic, and team is of the kind basic-auth',
    };
    expect(createSecret.handoverProblem?.(input, quiet, context.now)).toMatchObject(refusal);
    expect(createSecret.decide(emptyState, input, quiet, context)).toMatchObject({ refusal });
  });

  it('refuses a bad setting where it is read', () => {
    const problemOf = (more: Record<string, unknown>) =>
      createSecret.input.safeParse({ name: 'billing', kind: 'generic', ...more }).error?.issues[0]?.message;
    expect(problemOf({ webhook: 'https://a:b@billing.example.com' })).toMatch(/user or password/);
    expect(problemOf({ command: '/bin/sh' })).toMatch(/HECATE_SECRET_COMMANDS_DIR/);
    expect(problemOf({ valueLength: 3 })).toBeDefined();
  });
});

describe('update secret', () => {
  it('changes settings, and neither the value nor the other settings', () => {
    const input = update({ webhook: 'none', acknowledgement: 'use' });
    expect(updateSecret.decide(stateOf(billing, signer), input, quiet, context)).toMatchObject({
      changes: [
        {
          before: billing,
          after: { ...billing, settings: { ...billing.settings, webhook: null, acknowledgement: 'use' } },
        },
      ],
      claims: [],
      warnings: [],
    });
    const same = update({ webhook: WEBHOOK });
    expect(updateSecret.decide(stateOf(billing, signer), same, quiet, context)).toMatchObject({ changes: [] });
  });

  it('changes settings while the secret is rotated, and no value', () => {
    const running = { ...billing, rotation: runningRotation };
    const state = stateOf(running, signer);
    expect(updateSecret.decide(state, update({ command: 'reload' }), quiet, context)).toMatchObject({
      changes: [{ after: { rotation: runningRotation, settings: { command: 'reload' } } }],
    });
    expect(updateSecret.decide(state, update({ command: 'reload', fromFile: second }), quiet, context)).toMatchObject({
      refusal: { code: 'rotation-running' },
    });
  });

  it('says that consumers are not told of a value that is no rotation', () => {
    const decision = updateSecret.decide(stateOf(billing, signer), update({ fromFile: second }), quiet, context);
    expect(decision).toMatchObject({ changes: [{ after: { version: 2, edition: second } }] });
    expect('warnings' in decision && decision.warnings[0]).toMatch(
      /update secret rotate --name billing --from-file FILE/,
    );
  });

  it('needs something to change', () => {
    expect(updateSecret.input.safeParse({ name: 'billing' }).error?.issues[0]?.message).toBe(
      'give --from-file with a new value, or a setting to change',
    );
  });

  it('refuses a setting of another kind', () => {
    const input = updateSecret.input.parse({ name: 'team', webhook: WEBHOOK });
    expect(updateSecret.decide(stateOf(team), input, quiet, context)).toMatchObject({
      refusal: { code: 'setting-of-other-kind' },
    });
  });
});

describe('delete secret', () => {
  it('keeps a secret that signs webhooks', () => {
    const input = deleteSecret.input.parse({ name: 'billing-webhook' });
    expect(deleteSecret.decide(stateOf(billing, signer), input, quiet, context)).toMatchObject({
      refusal: { code: 'secret-in-use', message: 'secret billing-webhook signs the webhooks of billing' },
    });
    expect(deleteSecret.decide(stateOf(signer), input, quiet, context)).toMatchObject({
      changes: [{ before: signer, after: null }],
    });
  });
});

describe('update secret rotate', () => {
  it('says when no program is told about the new value', () => {
    const rotate = (name: string) =>
      rotateSecret.decide(stateOf(billing, signer), rotateSecret.input.parse({ name }), quiet, context);
    expect(rotate('billing')).toMatchObject({ warnings: [] });
    expect(rotate('billing-webhook')).toMatchObject({
      warnings: [expect.stringContaining('no program is told about the new value of billing-webhook') as unknown],
    });
  });
});

import { beforeEach, describe, expect, it } from 'vitest';
import { keepCredential } from '../../../../src/activities/secrets/rotation/credentials.js';
import { createFollower, type Following } from '../../../../src/activities/secrets/rotation/follow-own.js';
import { createMemorySecrets, type MemorySecrets } from '../../../../src/adapters/memory/secrets.js';
import { changeOf } from '../../../../src/domain/log/commit.js';
import { emptyState, fold } from '../../../../src/domain/log/state.js';
import { newSecret, type Secret } from '../../../../src/domain/resources/secret.js';
import { editionAt } from '../../../../src/domain/secrets/edition.js';
import type { Phase, Rotation } from '../../../../src/domain/secrets/rotation.js';
import type { Credential, Issuer } from '../../../../src/ports/credentials.js';
import { entries } from '../../../builders/log.js';

const at = '2026-01-01T00:00:00.000Z';
const [old, fresh] = [editionAt(1, at), editionAt(2, at)];
const first = newSecret({ name: 'api', kind: 'authentik-token', version: 1, edition: old });
const rotating = (phase: Phase): Secret => {
  const rotation = { phase, strategy: 'dual-secret', revokesFirst: false } as Rotation;
  const editions = { former: { version: 1, edition: old }, next: { version: 2, edition: fresh } };
  return { ...first, rotation: { ...rotation, ...editions } };
};

let vault: MemorySecrets;
let place: string;
let refused: readonly string[];
let secret: Secret;
let looks: number;
let step: () => Promise<boolean>;

beforeEach(async () => {
  vault = createMemorySecrets();
  await keepCredential(vault, first, { edition: old, value: { token: 'old' }, plain: null });
  await keepCredential(vault, first, { edition: fresh, value: { token: 'new' }, plain: null });
  [place, refused, secret, looks] = ['old', [], first, 0];
  const tokenOf = (one: Credential) => String(one.value['token']);
  const issuer: Pick<Issuer, 'follow'> = {
    async follow(_, wanted, instead) {
      looks++;
      if (place === tokenOf(wanted)) return Promise.resolve(true);
      const isReplaced = instead === null ? refused.includes(place) : place === tokenOf(instead);
      if (isReplaced) place = tokenOf(wanted);
      return Promise.resolve(isReplaced);
    },
  };
  const log = {
    view: async () =>
      Promise.resolve({ state: fold(emptyState, entries({ one: [changeOf('Secret', 'api', null, secret)] })) }),
  };
  const issuers = { 'authentik-token': issuer };
  step = createFollower({ log, secrets: vault, issuers } as unknown as Following);
});

describe('a worker with a place of its own', () => {
  it.each([
    ['preflight', 'old'],
    ['issue', 'old'],
    ['distribute', 'old'],
    ['prove', 'new'],
    ['grace', 'new'],
    ['prove-refused', 'new'],
  ] as const)('uses, in the phase %s of a rotation of another worker, the %s value', async (phase, used) => {
    secret = rotating(phase);
    expect([await step(), place]).toEqual([true, used]);
  });

  it('goes back when the rotation is undone', async () => {
    secret = rotating('prove');
    await step();
    secret = rotating('undo');
    expect([await step(), place]).toEqual([true, 'old']);
  });

  it('takes up what it missed, when the system refuses what it has', async () => {
    secret = { ...first, version: 2, edition: fresh };
    expect([await step(), place]).toEqual([false, 'old']);
    refused = ['old'];
    expect([await step(), place]).toEqual([true, 'new']);
  });

  it('keeps a value that a person gave it, and is not looked at again once it is in order', async () => {
    place = 'by hand';
    secret = rotating('grace');
    expect([await step(), place]).toEqual([false, 'by hand']);
    place = 'new';
    await step();
    const before = looks;
    await step();
    expect(looks).toBe(before);
  });
});

import { describe, expect, it } from 'vitest';
import { changeOf } from '../../../src/domain/log/commit.js';
import { emptyState, fold } from '../../../src/domain/log/state.js';
import { newSecret } from '../../../src/domain/resources/secret.js';
import type { Route } from '../../../src/domain/resources/route.js';
import { usualTls } from '../../../src/domain/resources/tls.js';
import type { CertificateFacts } from '../../../src/domain/values/certificate.js';
import { createRoute } from '../../../src/operations/routes/create-route.js';
import { updateRoute } from '../../../src/operations/routes/update-route.js';
import { deleteSecret } from '../../../src/operations/secrets/delete-secret.js';
import { rotateSecret } from '../../../src/operations/secrets/rotate-secret.js';
import { context, quiet } from '../../builders/answers.js';
import { entries, route, routeChange } from '../../builders/log.js';

const site = newSecret({ name: 'site', kind: 'tls-certificate', version: 1, edition: 'a'.repeat(24) });
const team = newSecret({ name: 'team', kind: 'basic-auth', version: 1, edition: 'b'.repeat(24) });
const facts: CertificateFacts = {
  fingerprint: 'f'.repeat(64),
  names: ['app.example.com'],
  notBefore: '2025-01-01T00:00:00.000Z',
  notAfter: '2030-01-01T00:00:00.000Z',
  keyType: 'ec',
  isOrdered: true,
};
const answers = { ...quiet, secretCertificate: () => facts };
const using = route('app.example.com', { tls: { ...usualTls, secret: 'site' } });
const held = fold(
  emptyState,
  entries({
    secrets: [changeOf('Secret', 'site', null, site), changeOf('Secret', 'team', null, team)],
    route: [routeChange(null, using)],
    own: [routeChange(null, route('acme.example.com', { tls: { ...usualTls, autoHTTPS: true, forceHTTPS: true } }))],
  }),
);

const create = (more: Record<string, unknown>, domain = 'app.example.com') => {
  const state = fold(
    emptyState,
    entries({ secrets: [changeOf('Secret', 'site', null, site), changeOf('Secret', 'team', null, team)] }),
  );
  const input = createRoute.input.parse({ domain, upstream: 'localhost:3000', ...more });
  return createRoute.decide(state, input, answers, context);
};
const update = (domain: string, more: Record<string, unknown>) =>
  updateRoute.decide(held, updateRoute.input.parse({ domain, ...more }), answers, context);
const tlsAfter = (decision: ReturnType<typeof update>) =>
  decision.kind === 'change' ? (decision.changes[0]?.after as Route).tls : decision;

describe('--tls-secret', () => {
  it('uses the certificate of a secret, which it asks Vault about', () => {
    expect(tlsAfter(create({ tlsSecret: 'site' }))).toEqual({ ...usualTls, secret: 'site' });
    const input = createRoute.input.parse({ domain: 'a.example.com', upstream: 'localhost:1', tlsSecret: 'site' });
    expect(createRoute.questions?.(held, input, quiet)).toContainEqual({ kind: 'secret-certificate', name: 'site' });
  });

  it('takes the place of an issued certificate, and makes place for one', () => {
    const other = { ...answers, secretCertificate: () => ({ ...facts, names: ['acme.example.com'] }) };
    const input = updateRoute.input.parse({ domain: 'acme.example.com', tlsSecret: 'site', force: true });
    expect(tlsAfter(updateRoute.decide(held, input, other, context))).toEqual({
      ...{ ...usualTls, forceHTTPS: true },
      secret: 'site',
    });
    expect(tlsAfter(update('app.example.com', { tlsSecret: 'none', tlsAutoHTTPS: 'on' }))).toEqual({
      ...usualTls,
      autoHTTPS: true,
    });
  });

  it.each([
    [{ tlsSecret: 'missing' }, 'secret-missing', undefined],
    [{ tlsSecret: 'team' }, undefined, undefined],
    [{ tlsSecret: 'site' }, 'certificate-elsewhere', 'other.example.com'],
    [{ tlsSecret: 'site', tlsAutoHTTPS: 'on' }, 'two-certificates', undefined],
  ])('refuses %j', (more, code, domain) => {
    const { refusal } = create(more, domain) as { refusal?: { code: string } };
    expect(refusal).toBeDefined();
    if (code !== undefined) expect(refusal?.code).toBe(code);
  });

  it('refuses --tls-auto-https beside it, also later', () => {
    expect(update('app.example.com', { tlsAutoHTTPS: 'on' })).toMatchObject({ refusal: { code: 'two-certificates' } });
  });

  it('keeps its secret from being deleted, and a new pair must be for its hosts', () => {
    const gone = deleteSecret.decide(held, deleteSecret.input.parse({ name: 'site' }), quiet, context);
    expect(gone).toMatchObject({ refusal: { kind: 'conflict' } });
    const staged = 'c'.repeat(24);
    const rotation = rotateSecret.input.parse({ name: 'site', fromFile: staged });
    expect(rotateSecret.questions?.(held, rotation, quiet)).toMatchObject([
      { kind: 'secret-value', hosts: ['app.example.com'] },
    ]);
    const minted = rotateSecret.decide(held, rotateSecret.input.parse({ name: 'site' }), quiet, context);
    expect(minted).toMatchObject({ refusal: { code: 'value-missing' } });
  });
});

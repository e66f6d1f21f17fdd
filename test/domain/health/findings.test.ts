import { describe, expect, it } from 'vitest';
import { lifeLeft } from '../../../src/domain/serving/certificate-life.js';
import { findingsIn } from '../../../src/domain/health/findings.js';
import { factsOf } from '../../builders/facts.js';

describe('findings', () => {
  it('of an environment in which all is well are none', () => {
    expect(findingsIn(factsOf({})).filter(({ level }) => level !== 'ok')).toEqual([]);
  });

  it('say what is not known, and never take it for good', () => {
    expect(findingsIn(factsOf({ proxyDrift: { unknown: 'caddy does not answer' } }))).toEqual([
      { area: 'unknown', name: 'drift of proxies', level: 'warn', detail: 'not known now: caddy does not answer' },
    ]);
  });

  it('tell of the drift of proxies although that of the identity provider is not known, and the other way round', () => {
    const known = (name: string) => ({ known: [{ name, detail: '2 differences' }] });
    const unknown = { unknown: 'it does not answer' };
    const areas = (facts: Parameters<typeof factsOf>[0]) =>
      findingsIn(factsOf(facts)).map((one) => [one.area, one.name]);
    expect(areas({ proxyDrift: known('caddy'), identityDrift: unknown })).toEqual([
      ['drift', 'caddy'],
      ['unknown', 'drift of the identity provider'],
    ]);
    expect(areas({ proxyDrift: unknown, identityDrift: known('authentik') })).toEqual([
      ['drift', 'authentik'],
      ['unknown', 'drift of proxies'],
    ]);
    expect(areas({ proxyDrift: known('caddy'), identityDrift: known('authentik') })).toEqual([
      ['drift', 'caddy'],
      ['drift', 'authentik'],
    ]);
  });

  it('name a witness that lacks the newest checkpoint', () => {
    const detail = 'did not take the newest checkpoint: it answered 503';
    expect(findingsIn(factsOf({ witnesses: { known: [{ name: 's3://locked/', detail }] } }))).toEqual([
      { area: 'witness', name: 's3://locked/', level: 'warn', detail },
    ]);
  });

  it('come in the order of their areas, the gravest first', () => {
    const facts = factsOf({
      bypasses: {
        known: [{ route: 'a.example.com', until: '2026-11-29T13:00:00.000Z', by: 'anna', reason: 'repair' }],
      },
      components: {
        known: [
          { name: 'nats', isProxy: false, problem: null },
          { name: 'caddy', isProxy: true, problem: 'does not answer' },
        ],
      },
    });
    expect(findingsIn(facts)).toEqual([
      { area: 'component', name: 'caddy', level: 'fail', detail: 'does not answer' },
      { area: 'component', name: 'nats', level: 'ok', detail: 'works' },
      {
        ...{ area: 'bypass', name: 'a.example.com', level: 'warn' },
        detail: 'sign-in is bypassed until 2026-11-29T13:00:00.000Z by anna: repair',
      },
    ]);
  });
});

describe('a certificate', () => {
  const life = { notBefore: '2026-11-20T00:00:00.000Z', notAfter: '2026-11-30T00:00:00.000Z', isIssued: true };

  it.each([
    ['2026-11-20T00:00:00.000Z', 'ok', 1],
    ['2026-11-26T12:00:00.000Z', 'ok', 0.35],
    ['2026-11-28T00:00:00.000Z', 'warn', 0.2],
    ['2026-11-29T12:00:00.000Z', 'fail', 0.05],
    ['2026-11-30T00:00:00.000Z', 'fail', 0],
  ])('at %s is %s, with a share of %d left', (now, level, share) => {
    expect(lifeLeft(life, now)).toMatchObject({ level, share });
  });

  it('says that a failed renewal is inferred', () => {
    expect(lifeLeft(life, '2026-11-28T00:00:00.000Z').problem).toContain('its renewal failed (inferred)');
    expect(lifeLeft({ ...life, isIssued: false }, '2026-11-28T00:00:00.000Z').problem).toBe(
      '20% of its lifetime is left',
    );
  });
});

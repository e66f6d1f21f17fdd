import { describe, expect, it } from 'vitest';
import { defaultRules, rulesIn } from '../../../src/domain/alerts/rules.js';
import { changeOf, type Change } from '../../../src/domain/log/commit.js';
import { emptyState, fold, type State } from '../../../src/domain/log/state.js';
import { manifestOf, readManifest } from '../../../src/domain/manifests/manifest.js';
import { createAlertRule } from '../../../src/operations/alert-rules/create-alert-rule.js';
import { deleteAlertRule } from '../../../src/operations/alert-rules/delete-alert-rule.js';
import { updateAlertRule } from '../../../src/operations/alert-rules/update-alert-rule.js';
import { createSilence } from '../../../src/operations/silences/create-silence.js';
import { deleteSilence } from '../../../src/operations/silences/delete-silence.js';
import type { Decision } from '../../../src/operations/operation.js';
import { context, quiet } from '../../builders/answers.js';
import { entries } from '../../builders/log.js';

const now = context.now;
const later = new Date(Date.parse(now) + 3_600_000).toISOString();

function stateOf(...changes: Change[]): State {
  return fold(emptyState, entries({ first: changes }));
}

function after(decision: Decision): unknown[] {
  if (decision.kind === 'refuse') return [decision.refusal.code];
  return decision.changes.map((change) => change.after);
}

describe('create alert-rule', () => {
  const create = (input: object) =>
    after(createAlertRule.decide(emptyState, createAlertRule.input.parse(input), quiet, context));

  it('takes the usual parameters of its condition, and those that are given', () => {
    expect(create({ name: 'shop', condition: 'error-rate', above: 2, for: '5m' })).toEqual([
      expect.objectContaining({
        condition: { kind: 'error-rate', above: 2, within: '5m', requests: 20 },
        for: '5m',
        repeat: '4h',
        severity: 'warning',
      }),
    ]);
  });

  it.each([
    ['a parameter that its condition does not have', { name: 'shop', condition: 'drift', above: 2 }],
    ['a percentage above 100', { name: 'shop', condition: 'error-rate', above: 101 }],
    ['a count with a fraction', { name: 'shop', condition: 'sign-in-failures-by-user', above: 1.5 }],
    ['a time of few slots', { name: 'shop', condition: 'error-rate', within: '29s' }],
    ['a time that is not known', { name: 'shop', condition: 'sign-in-failures-by-host', within: '61m' }],
  ])('refuses %s', (_what, input) => {
    expect(create(input)).toEqual(['alert-condition-invalid']);
  });

  it.each([
    [{ condition: 'error-rate', above: -5 }, '--above -5: a percentage is over 0 and at most 100'],
    [{ condition: 'error-rate', requests: 0 }, '--requests 0: a count is a whole number from 1 to 1000000'],
    [{ condition: 'disk', above: 5 }, 'the condition disk has no --above; it has --below'],
    [{ condition: 'drift', above: 5 }, 'the condition drift has no --above; it has no parameters'],
  ])('says what is right: %j', (given, message) => {
    const input = createAlertRule.input.parse({ name: 'shop', ...given });
    expect(createAlertRule.decide(emptyState, input, quiet, context)).toMatchObject({ refusal: { message } });
  });

  it('says which times a condition can look at', () => {
    const input = createAlertRule.input.parse({ name: 'shop', condition: 'error-rate', within: '2h' });
    expect(createAlertRule.decide(emptyState, input, quiet, context)).toMatchObject({
      refusal: {
        message: 'the condition error-rate looks at 30s to 1h, not at 2h',
        hint: 'Give a time between them: --within 5m, or within: 5m in a manifest',
      },
    });
    expect(create({ name: 'shop', condition: 'error-rate', within: '30s' })).toMatchObject([{ name: 'shop' }]);
  });

  it('refuses a sink that does not exist', () => {
    expect(create({ name: 'shop', condition: 'drift', sinks: ['pager'] })).toEqual(['alert-sink-missing']);
  });

  it('refuses labels that Hecate sets itself', () => {
    expect(createAlertRule.input.safeParse({ name: 'a', condition: 'drift', label: { alertname: 'b' } }).success).toBe(
      false,
    );
  });
});

describe('default rules', () => {
  const update = (state: State, input: object) =>
    updateAlertRule.decide(state, updateAlertRule.input.parse(input), quiet, context);

  it('are in force in an empty log, and are what a manifest can say', () => {
    expect(rulesIn(emptyState)).toHaveLength(defaultRules.length);
    for (const rule of defaultRules) {
      const manifest = JSON.parse(JSON.stringify(manifestOf('AlertRule', rule))) as object;
      expect(readManifest(manifest)).toMatchObject({ name: rule.name, value: rule });
    }
  });

  it('are replaced by a change, turned off by it, and back after its deletion', () => {
    const decision = update(emptyState, { name: 'disk', enabled: 'off', below: 20 });
    const [changed] = after(decision);
    expect(changed).toMatchObject({ name: 'disk', enabled: false, condition: { kind: 'disk', below: 20 } });
    const state = stateOf(...(decision.kind === 'change' ? decision.changes : []));
    expect(rulesIn(state).filter(({ name }) => name === 'disk')).toEqual([changed]);
    const removed = deleteAlertRule.decide(state, { name: 'disk' }, quiet, context);
    expect(removed).toMatchObject({
      changes: [{ after: null }],
      warnings: ['the default rule disk is in force again'],
    });
  });

  it('cannot be deleted', () => {
    expect(after(deleteAlertRule.decide(emptyState, { name: 'disk' }, quiet, context))).toEqual(['alert-rule-default']);
    expect(after(deleteAlertRule.decide(emptyState, { name: 'none-such' }, quiet, context))).toEqual([
      'alert-rule-missing',
    ]);
  });
});

describe('silences', () => {
  const input = createSilence.input.parse({ name: 'move', match: { alertname: 'disk' }, duration: '1h' });
  const silence = { name: 'move', matchers: { alertname: 'disk' }, since: now, until: later, reason: 'a move' };

  it('have an end and a reason', () => {
    expect(after(createSilence.decide(emptyState, input, quiet, { ...context, reason: 'a move' }))).toEqual([silence]);
    expect(after(createSilence.decide(emptyState, input, quiet, { ...context, reason: null }))).toEqual(['no-reason']);
  });

  it('match only labels that a rule gives', () => {
    const silenced = (label: string, state: State) => {
      const asked = createSilence.input.parse({ ...input, match: { alertname: 'disk', [label]: 'x' } });
      return createSilence.decide(state, asked, quiet, { ...context, reason: 'a move' });
    };
    expect(silenced('domain', emptyState)).toMatchObject({
      refusal: {
        code: 'silence-label-unknown',
        hint: expect.stringMatching(/: alertname, .*route.*, server,/) as string,
      },
    });
    for (const label of ['route', 'server', 'environment', 'user']) expect(silenced(label, emptyState).kind).toBe('change'); // prettier-ignore
    const rule = { ...defaultRules[0]!, name: 'shop', labels: { team: 'shop' } };
    expect([silenced('team', emptyState).kind, silenced('team', stateOf(changeOf('AlertRule', 'shop', null, rule))).kind]).toEqual(['refuse', 'change']); // prettier-ignore
  });

  it('are not made twice while they last, and leave the log when they have ended', () => {
    const running = stateOf(changeOf('Silence', 'move', null, silence));
    const asked = { ...context, reason: 'again' };
    expect(after(createSilence.decide(running, input, quiet, asked))).toEqual(['silence-exists']);
    const ended = { ...silence, name: 'old', until: now };
    const decision = createSilence.decide(stateOf(changeOf('Silence', 'old', null, ended)), input, quiet, asked);
    expect(after(decision)).toEqual([null, { ...silence, reason: 'again' }]);
  });

  it('end early', () => {
    const state = stateOf(changeOf('Silence', 'move', null, silence));
    expect(after(deleteSilence.decide(state, { name: 'move' }, quiet, context))).toEqual([null]);
    expect(after(deleteSilence.decide(emptyState, { name: 'move' }, quiet, context))).toEqual(['silence-missing']);
  });
});

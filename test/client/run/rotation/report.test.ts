import { describe, expect, it } from 'vitest';
import {
  afterEntry,
  endingOfRotation,
  isSettled,
  newLines,
  reportOf,
  type RotationReport,
} from '../../../../src/client/run/rotation/report.js';
import { changeOf, type LogEntry } from '../../../../src/domain/log/commit.js';
import type { Secret } from '../../../../src/domain/resources/secret.js';
import type { PhaseEvent, Rotation } from '../../../../src/domain/secrets/rotation.js';
import { begunRotation, course, rotating } from '../../../builders/rotating.js';

const AT = '2026-01-01T00:00:00.000Z';
const done: PhaseEvent = { kind: 'done' };
const times = (count: number) => Array.from({ length: count }, () => done);

function entry(sequence: number, before: Secret, after: Secret): LogEntry {
  const commit = { id: `c${sequence}`, at: AT, actor: 'hecate', reason: null, operation: 'x', workflowId: 'w' };
  const changes = [changeOf('Secret', 'team', before, after)];
  return { position: { sequence, hash: '' }, message: { type: 'committed', previous: null, ...commit, changes } };
}

/** The reports after the begin of a rotation and after each event. */
function reports(events: readonly PhaseEvent[], more: Partial<Rotation> = {}): RotationReport[] {
  const secrets = course(rotating(begunRotation(AT, more)), AT, events);
  const [first] = secrets;
  const all = [reportOf(first as Secret) as RotationReport];
  for (let at = 1; at < secrets.length; at++) {
    all.push(afterEntry(all[at - 1] as RotationReport, entry(at, secrets[at - 1] as Secret, secrets[at] as Secret)));
  }
  return all;
}
const last = (...given: Parameters<typeof reports>) => reports(...given).at(-1) as RotationReport;

describe('the report of a rotation', () => {
  it('has each phase with its times, and ends as completed', () => {
    const report = last(times(9), { grace: '0s' });
    expect(report).toMatchObject({ state: 'completed', fromVersion: 3, toVersion: 4, problem: null });
    expect(report.phases.map(({ phase, durationMs }) => `${phase} ${durationMs}`)).toEqual(
      'preflight issue store distribute prove commit grace revoke prove-refused'.split(' ').map((one) => `${one} 1000`),
    );
    expect(endingOfRotation(report)).toEqual({
      exitCode: 0,
      sentence: 'version 4 of secret team is in force, and version 3 is refused.',
      hint: null,
    });
  });

  it('goes back to the phase before, when the operation that was to leave it was undone', () => {
    const secrets = course(rotating(begunRotation(AT)), AT, times(4));
    const [, , , distributing, proving] = secrets as [Secret, Secret, Secret, Secret, Secret];
    const report = afterEntry(reportOf(distributing) as RotationReport, entry(1, distributing, proving));
    const back = afterEntry(report, entry(2, proving, distributing));
    expect(back.phases).toMatchObject([{ phase: 'distribute', endedAt: null }]);
  });

  it('leaves out what is not of this rotation', () => {
    const report = reportOf(rotating(begunRotation(AT))) as RotationReport;
    const other = rotating(begunRotation(AT, { id: 'team-2' }));
    expect(afterEntry(report, entry(1, other, other))).toBe(report);
    const ended = { type: 'ended', id: 'x', at: AT, result: 'completed', detail: null, behind: [] } as const;
    expect(afterEntry(report, { position: { sequence: 2, hash: '' }, message: ended })).toBe(report);
  });
});

describe('the lines of a followed rotation', () => {
  it('say each phase that ended with its time, and each new problem', () => {
    const all = reports([done, { kind: 'failing', problem: 'vault is sealed' }, done]);
    const lines = all.slice(1).map((report, at) => newLines(all[at] as RotationReport, report));
    expect(lines).toEqual([
      ['preflight (try what the rotation needs): 1 s'],
      ['issue: vault is sealed'],
      ['issue (make the new value): 2 s'],
    ]);
  });
});

describe('following a rotation ends', () => {
  const now = Date.parse(AT) + 10_000;

  it('with a long grace period, and not with a short one', () => {
    expect(isSettled(last(times(6)), now)).toBe(true);
    expect(isSettled(last(times(6), { grace: 'until-next' }), now)).toBe(true);
    expect(isSettled(last(times(6), { grace: '30s' }), now)).toBe(false);
    expect(isSettled(last(times(5)), now)).toBe(false);
  });

  it('in the grace period with until when the old value is valid, and how to end that', () => {
    expect(endingOfRotation(last(times(6)))).toEqual({
      exitCode: 0,
      sentence:
        'version 4 of secret team is in force. Version 3 stays valid until 2026-01-01T01:00:06.000Z; then it is revoked.',
      hint: 'Revoke it now: hecate finish secret rotation --name team. See it: hecate read secret status --name team',
    });
  });

  it.each<[Partial<Rotation>, number, string]>([
    [{ holdAt: 'distribute' }, 3, 'version 3 of secret team is in force'],
    [{ holdAt: 'revoke' }, 7, 'version 4 of secret team is in force'],
  ])('held at %j with the version in force', (more, count, said) => {
    const report = last(times(count), more);
    expect(isSettled(report, now)).toBe(true);
    const ending = endingOfRotation(report);
    expect(ending).toMatchObject({ exitCode: 0, sentence: expect.stringContaining(said) as string });
    expect(ending.hint).toContain('hecate finish secret rotation --name team');
  });

  it('undone with 1 and the reason; for a command that was to undo it with 0', () => {
    const report = last([...times(4), { kind: 'failed', problem: 'authentik refused the new token' }, done]);
    expect(report.state).toBe('undone');
    expect(endingOfRotation(report)).toMatchObject({
      exitCode: 1,
      sentence: 'the rotation of secret team was undone; version 3 stays in force: authentik refused the new token',
    });
    expect(endingOfRotation(report, true)).toMatchObject({ exitCode: 0, hint: null });
  });

  it('stuck with 7, and the command that goes on', () => {
    const report = last([...times(7), { kind: 'failed', problem: 'vault is sealed' }]);
    expect(isSettled(report, now)).toBe(true);
    expect(endingOfRotation(report)).toMatchObject({
      exitCode: 7,
      sentence: 'the rotation of secret team is stuck in the phase revoke: vault is sealed',
      hint: 'Remove the cause. Go on: hecate finish secret rotation --name team',
    });
  });

  it('with 7 when the system still accepts the revoked value', () => {
    const report = last([...times(8), { kind: 'still-accepted', problem: 'caddy-2 does not answer' }]);
    expect(endingOfRotation(report)).toMatchObject({ exitCode: 7 });
  });

  it('of an immediate one with the time in which nothing was valid', () => {
    const report = last(times(8), { strategy: 'immediate', grace: '0s' });
    expect(report).toMatchObject({ state: 'completed' });
    expect(endingOfRotation(report).sentence).toMatch(
      /is refused\. Its users were without a valid value for at most \d+ s\.$/,
    );
  });

  it('at once when it was cancelled before anything was changed', () => {
    const [before, after] = course(rotating(begunRotation(AT)), AT, [{ kind: 'cancelled', by: 'ada' }]);
    expect(before).toBeDefined();
    expect(reportOf(after as Secret)).toMatchObject({ state: 'undone', fromVersion: 3, toVersion: 4 });
    const completed = course(rotating(begunRotation(AT, { grace: '0s' })), AT, times(9)).at(-1) as Secret;
    expect(reportOf(completed)).toMatchObject({ state: 'completed', fromVersion: 3, toVersion: 4 });
  });
});

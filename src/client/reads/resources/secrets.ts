import { z } from 'zod';
import { formOf, manifestOf } from '../../../domain/manifests/manifest.js';
import { find } from '../../../domain/log/state.js';
import { usersOf } from '../../../domain/log/users.js';
import { secretKindOf } from '../../../domain/secrets/kinds.js';
import { secretName } from '../../../domain/values/name.js';
import { missingSecret, routesWithSecret } from '../../../operations/rules/route.js';
import { fieldLines, type Field } from '../../print/output.js';
import { relativeTime, timeSpan } from '../../print/relative-time.js';
import { absent, defineRead } from '../read.js';
import { listOf, oneOf, type ResourceView, type Row } from './resource-reads.js';
import { phaseWork } from '../../../domain/secrets/rotation-words.js';
import { rotationStatus, rotationStatusShape, type RotationStatus, type SecretVersion } from './secret-status.js';

interface SecretStatus extends RotationStatus {
  readonly version: number;
  /** Domains of the routes that use it. */
  readonly routes: readonly string[];
  /** Names of the alert sinks that use it. */
  readonly alertSinks: readonly string[];
}

type SecretRow = Pick<Row<'Secret', SecretStatus>, 'name' | 'value' | 'now'> & { readonly status: SecretStatus };

const view: ResourceView<'Secret', SecretStatus> = {
  kind: 'Secret',
  plural: 'secrets',
  manifest: (secret) => manifestOf('Secret', secret),
  spec: () => formOf('Secret').spec,
  statusShape: z.strictObject({
    ...{ version: z.int(), routes: z.array(z.string()), alertSinks: z.array(z.string()) },
    ...rotationStatusShape.shape,
  }),
  // The edition is part of a path in Vault, so it is left out.
  statuses:
    ({ state, asOf }, { now }) =>
    (stored) => ({
      ...{ version: stored.value.version, routes: routesWithSecret(state, stored.name) },
      alertSinks: usersOf(state, 'Secret', stored.name, 'AlertSink'),
      ...rotationStatus(stored, state, asOf?.at ?? now),
    }),
};

/** Lists all secrets, never a value. */
export const listSecrets = listOf(view, {
  path: ['list', 'secrets'],
  summary: 'List all secrets, never a value',
  columns: [
    ['NAME', ({ name }) => name],
    ['KIND', ({ value }) => value.kind],
    ['VERSION', ({ value }) => String(value.version)],
    ['AGE', ageText],
    ['ROTATION', rotationText],
    ['ROUTES', ({ status }) => String(status.routes.length)],
  ],
  other: {
    field: 'showRotationStatus',
    summary: 'show the rotation of each: strategy, what runs, when the next is due, how the last ended, consumers',
    columns: [
      ['NAME', ({ name }) => name],
      ['KIND', ({ value }) => value.kind],
      ['VERSION', ({ value }) => String(value.version)],
      ['AGE', ageText],
      ['STRATEGY', ({ status }) => status.policy.strategy],
      ['ROTATION', rotationText],
      ['NEXT', nextText],
      ['LAST', lastText],
      ['CONSUMERS', ({ status }) => consumersText(status)],
    ],
  },
});

const nameInput = z.strictObject({
  name: secretName.describe('name of the secret').meta({ placeholder: 'name', names: 'Secret' }),
});

/** Shows one secret with its versions and users, never its value. */
export const readSecret = oneOf(view, {
  path: ['read', 'secret'],
  summary: 'Show one secret with its versions and users, never its value',
  examples: ['read secret --name team'],
  input: nameInput,
  name: ({ name }) => name,
  missing: missingSecret,
  fields: (row) => [
    ['Name', row.name],
    ['Kind', row.value.kind],
    ['Settings', settingLines(row)],
    ['Versions', versionLines(row)],
    ['Age', ageText(row)],
    ['Rotation', rotationText(row)],
    ['Routes', row.status.routes.length === 0 ? 'none' : row.status.routes.join(', ')],
    ['Alert sinks', row.status.alertSinks.length === 0 ? null : row.status.alertSinks.join(', ')],
    ['Consumers', consumerLines(row)],
  ],
});

/** Shows the rotation of one secret: age, what runs, what comes next, how the last one ended, and who uses which value. */
export const readSecretStatus = defineRead({
  path: ['read', 'secret', 'status'],
  summary: 'Show the rotation of a secret: age, phase, next rotation, last result and users',
  examples: ['read secret status --name team', 'read secret status --name team -o json'],
  hasPast: true,
  input: nameInput,
  shape: () =>
    z.strictObject({
      ...{ name: z.string(), kind: z.string(), version: z.int(), routes: z.array(z.string()) },
      alertSinks: z.array(z.string()),
      ...rotationStatusShape.shape,
      proof: z.string(),
    }),
  async answer({ name }, { look, now }) {
    const { state, asOf } = await look();
    const stored = find(state, 'Secret', name);
    if (!stored) throw absent(missingSecret(state, name));
    const { value } = stored;
    const at = asOf?.at ?? now;
    const status = {
      version: value.version,
      routes: routesWithSecret(state, name),
      alertSinks: usersOf(state, 'Secret', name, 'AlertSink'),
      ...rotationStatus(stored, state, at),
    };
    const { proof } = secretKindOf(value.kind).rotation;
    return {
      data: { name, kind: value.kind, ...status, proof },
      text: () => fieldLines([...statusLines({ name, value, status, now: at }), ['Proof', proof]]),
    };
  },
});

function statusLines(row: SecretRow): Field[] {
  const { name, value, status, now } = row;
  const { policy, rotation, since, version } = status;
  return [
    ['Name', name],
    ['Kind', value.kind],
    ['Version', `${version}, in force for ${ageText(row)} (since ${since})`],
    ['Strategy', strategyText(row)],
    ['Next rotation', nextText(row) === '–' ? `none is planned; plan it: ${planCommand(name)}` : nextText(row)],
    ['Phase', rotation === null ? 'no rotation runs' : phaseText(rotation.phase, rotation.phaseSince, now)],
    ...(rotation === null ? [] : runningLines(rotation, now)),
    ['Last rotation', lastText(row)],
    ['Why', status.lastRotation?.problem ?? null],
    ['Routes', status.routes.length === 0 ? 'none' : status.routes.join(', ')],
    ['Consumers', consumerLines(row)],
    ['Versions', [...versionLines(row), `kept in Vault beside those that are valid: ${policy.keepVersions}`]],
  ];
}

function runningLines(rotation: NonNullable<RotationStatus['rotation']>, now: string): Field[] {
  const { fromVersion, toVersion, strategy, by, startedAt, isStuck, isHeld, problem, whatNext, wayOut, downMs } =
    rotation;
  const state = isStuck ? 'stuck' : isHeld ? 'held' : null;
  return [
    ['Running', `version ${fromVersion} to ${toVersion}, ${strategy}, by ${by}, begun ${relativeTime(startedAt, now)}`],
    ['State', state],
    ['Problem', problem],
    ['Next', whatNext],
    ['Way out', wayOut.map((command) => command)],
    ['Down', downMs === null ? null : `at most ${timeSpan(downMs)}`],
  ];
}

function phaseText(phase: keyof typeof phaseWork, since: string, now: string): string {
  return `${phase} (${phaseWork[phase]}), since ${timeSpan(Date.parse(now) - Date.parse(since))}`;
}

function planCommand(name: string): string {
  return `hecate create schedule rotate --name ${name} --every 30d`;
}

function strategyText({ status: { policy, schedule } }: SecretRow): string {
  const grace = policy.strategy === 'immediate' ? '' : `, grace ${policy.grace}`;
  return `${policy.strategy}${grace}${schedule === null ? ' (default)' : ''}`;
}

function ageText({ status }: SecretRow): string {
  return timeSpan(status.ageSeconds * 1_000);
}

/** The rotation in a few words; what needs a person comes first. */
function rotationText({ status, now }: SecretRow): string {
  const { rotation, isOverdue, dueSince } = status;
  if (rotation?.isStuck) return `STUCK in ${rotation.phase}`;
  if (rotation?.isHeld) return `held before ${rotation.phase}`;
  if (rotation) return rotation.phase;
  if (isOverdue && dueSince !== null) return `OVERDUE since ${timeSpan(Date.parse(now) - Date.parse(dueSince))}`;
  return status.lastRotation?.result === 'still-accepted' ? 'OLD VALUE STILL ACCEPTED' : 'none';
}

function nextText({ status: { next, policy, schedule, isPaused }, now }: SecretRow): string {
  if (schedule === null) return '–';
  const every = `(every ${policy.every}, schedule ${schedule})`;
  return isPaused || next === null ? `paused ${every}` : `${relativeTime(next, now)} ${every}`;
}

const RESULTS = {
  completed: 'completed',
  undone: 'undone',
  'still-accepted': 'completed, but the old value is still accepted',
} as const;

function lastText({ status: { lastRotation }, now }: SecretRow): string {
  if (lastRotation === null) return 'never';
  const { result, endedAt, strategy, durationMs, downMs } = lastRotation;
  const down = downMs === null ? '' : `, down for at most ${timeSpan(downMs)}`;
  return `${RESULTS[result]} ${relativeTime(endedAt, now)}, ${strategy}, took ${timeSpan(durationMs)}${down}`;
}

function consumersText({ consumers, version }: SecretStatus): string {
  if (consumers.length === 0) return '–';
  const current = consumers.filter((one) => one.version === version).length;
  return current === consumers.length ? String(current) : `${current} of ${consumers.length} use version ${version}`;
}

function consumerLines({ status, now }: SecretRow): string[] {
  const { consumers } = status;
  if (consumers.length === 0) return ['none was seen'];
  return consumers.map(({ name, version, since }) => {
    // Users are seen with the new value before it is in force.
    const old = version >= status.version ? '' : ', not seen with the one in force';
    return `${name}: version ${version} since ${relativeTime(since, now)}${old}`;
  });
}

const STATES: { readonly [S in SecretVersion['state']]: string } = {
  'in-force': 'in force',
  new: 'new, not in force yet',
  valid: 'still valid',
  kept: 'refused, kept in Vault',
};

function versionLines({ status: { versions, since } }: SecretRow): string[] {
  return versions.map(({ version, state, until }) => {
    const when = state === 'in-force' ? ` since ${since}` : until === null ? '' : ` until ${until}`;
    return `${version}: ${STATES[state]}${when}`;
  });
}

function settingLines({ value: { settings } }: SecretRow): string[] {
  return Object.entries(settings).map(([name, setting]) => {
    return `${name}: ${typeof setting === 'string' ? setting : JSON.stringify(setting)}`;
  });
}

import { z } from 'zod';
import { defaultRules, rulesIn } from '../../../domain/alerts/rules.js';
import { find } from '../../../domain/log/state.js';
import { formOf, manifestOf } from '../../../domain/manifests/manifest.js';
import { conditionText } from '../../../domain/resources/alert-condition.js';
import { alertRuleName, type AlertRule } from '../../../domain/resources/alert-rule.js';
import { missing } from '../../../operations/refusals.js';
import { fieldLines, table } from '../../print/output.js';
import { relativeTime } from '../../print/relative-time.js';
import { absent, defineRead, type Look, type Read } from '../read.js';
import { statusOf, statusShape, type KindList } from './resource-reads.js';

const isDefaultShape = z.strictObject({ origin: z.enum(['default', 'changed default', 'own']) });

/** Lists all alert rules, the default ones too. */
export const listAlertRules: KindList<'AlertRule'> = {
  kind: 'AlertRule',
  path: ['list', 'alert-rules'],
  summary: 'List all alert rules, the default ones too',
  examples: ['list alert-rules -o json', 'list alert-rules --at "2h ago"'],
  hasPast: true,
  input: z.strictObject({}),
  shape: () => z.array(shape()),
  async answer(_input, { look, now }) {
    const seen = await look();
    const rows = rulesIn(seen.state).map((rule) => rowOf(seen, rule));
    const heads = ['NAME', 'CONDITION', 'FOR', 'SEVERITY', 'SINKS', 'ENABLED', 'ORIGIN', 'UPDATED'];
    return {
      data: rows.map(({ data }) => data),
      isDocuments: true,
      text: () =>
        table(
          heads,
          rows.map(({ rule, origin, status }) => [
            ...[rule.name, conditionText(rule.condition), rule.for ?? '–', rule.severity, sinksText(rule)],
            ...[rule.enabled ? 'yes' : 'NO', origin, status === null ? '–' : relativeTime(status.updatedAt, now)],
          ]),
        ),
    };
  },
};

/** Shows one alert rule. */
export const readAlertRule: Read = defineRead({
  path: ['read', 'alert-rule'],
  summary: 'Show one alert rule',
  examples: ['read alert-rule --name error-rate'],
  hasPast: true,
  input: z.strictObject({
    name: alertRuleName.describe('name of the rule').meta({ placeholder: 'name', names: 'AlertRule' }),
  }),
  shape,
  async answer({ name }, { look, now }) {
    const seen = await look();
    const found = rulesIn(seen.state).find((one) => one.name === name);
    if (found === undefined) throw absent(missing(seen.state, 'AlertRule', name));
    const { data, origin, status } = rowOf(seen, found);
    const labels = Object.entries(found.labels).map(([label, value]) => `${label}=${value}`);
    return {
      data,
      text: () =>
        fieldLines([
          ['Name', found.name],
          ['Condition', conditionText(found.condition)],
          ['For', found.for ?? 'none'],
          ['Keeps firing for', found.keepFiringFor ?? 'none'],
          ['Severity', found.severity],
          ['Labels', labels.length === 0 ? 'none' : labels],
          ['Sinks', sinksText(found)],
          ['Repeat', found.repeat ?? 'none'],
          ['Enabled', found.enabled ? 'yes' : 'no'],
          ['Origin', origin],
          ['Updated', status === null ? null : `${relativeTime(status.updatedAt, now)} by ${status.updatedBy}`],
        ]),
    };
  },
});

function sinksText({ sinks }: AlertRule): string {
  return sinks.length === 0 ? 'all' : sinks.join(', ');
}

function rowOf(seen: Look, rule: AlertRule) {
  const stored = find(seen.state, 'AlertRule', rule.name);
  const isDefault = defaultRules.some(({ name }) => name === rule.name);
  const origin = stored === undefined ? 'default' : isDefault ? 'changed default' : 'own';
  const status = stored === undefined ? null : statusOf(seen, stored);
  const { apiVersion, kind, metadata, spec } = manifestOf('AlertRule', rule);
  return { rule, origin, status, data: { apiVersion, kind, metadata, spec, status: { ...status, origin } } };
}

function shape() {
  return z.strictObject({
    apiVersion: z.string(),
    kind: z.literal('AlertRule'),
    metadata: z.strictObject({ name: z.string() }),
    spec: formOf('AlertRule').spec,
    status: z.union([statusShape.extend(isDefaultShape.shape), isDefaultShape]),
  });
}

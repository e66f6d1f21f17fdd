import type { LogRange } from '../../../domain/backup/manifest.js';
import { backupNoun } from '../../../domain/backup/name.js';
import { byteSize } from '../../../domain/values/byte-size.js';
import type { BackupPreview, BackupResult, MadeBackup, PrunePlan } from '../../../workflows/contracts/backup.js';

/** Returns a result as `-o json` has it. */
export function resultData(result: BackupResult): object {
  switch (result.kind) {
    case 'made': {
      const { kind: _, backupKind, ...made } = result;
      return { result: 'made', kind: backupKind, ...made };
    }
    case 'preview': {
      const { preview, problems, warnings } = result;
      return { result: 'preview', ...preview, problems, warnings };
    }
    case 'pruned':
    case 'prune-preview':
    case 'nothing': {
      const { kind, ...rest } = result;
      return { result: kind, ...rest };
    }
  }
}

/** Returns a result for a person. */
export function resultText(result: BackupResult): string {
  switch (result.kind) {
    case 'made':
      return madeLines(result).join('\n');
    case 'preview':
      return [...previewLines(result.preview), 'nothing was written (dry run)'].join('\n');
    case 'nothing':
      return result.message;
    case 'pruned':
      return result.plans.flatMap((plan) => pruneLines(plan, 'removed')).join('\n');
    case 'prune-preview':
      return [
        ...result.plans.flatMap((plan) => pruneLines(plan, 'would be removed')),
        'nothing was removed (dry run)',
      ].join('\n');
  }
}

/** Returns the warnings of a result. */
export function warningsIn(result: BackupResult): readonly string[] {
  return 'warnings' in result ? result.warnings : [];
}

function madeLines({
  name,
  backupKind,
  bytes,
  range,
  parent,
  isEncrypted,
  destinations,
  contains,
  omits,
  durations,
}: MadeBackup): readonly string[] {
  const whole = destinations.filter(({ isWhole }) => isWhole);
  const size = `${byteSize(bytes)}${isEncrypted ? ', encrypted' : ', not encrypted'}`;
  const seconds = (durations.totalMs / 1_000).toFixed(1);
  return [
    ...(whole.length === 0 ? [] : [`${backupNoun(backupKind)} ${name} made: ${size}, ${seconds} s`]),
    ...rangeLines(range, parent?.name ?? null),
    ...whole.map(({ place, isLatest }) => `  at ${place}${isLatest ? ' (latest)' : ''}`),
    ...contains.map((line) => `  in it: ${line}`),
    ...omits.map((line) => `  not in it: ${line}`),
  ];
}

function previewLines({
  name,
  kind,
  range,
  parent,
  estimatedBytes,
  contains,
  omits,
}: BackupPreview): readonly string[] {
  return [
    `${backupNoun(kind)} ${name} would be made: about ${byteSize(estimatedBytes)} before it is compressed`,
    ...rangeLines(range, parent?.name ?? null),
    ...contains.map((line) => `  in it: ${line}`),
    ...omits.map((line) => `  not in it: ${line}`),
  ];
}

function rangeLines(range: LogRange | null, parent: string | null): readonly string[] {
  if (range === null) return [];
  const after = parent === null ? '' : `, after ${parent}`;
  return [`  messages ${range.from} to ${range.to} of the log${after}`];
}

function pruneLines({ place, kept, removed }: PrunePlan, fate: string): readonly string[] {
  const bytes = removed.reduce((sum, one) => sum + one.bytes, 0);
  return [
    `${place}: ${removed.length} ${fate} (${byteSize(bytes)}), ${kept.length} kept`,
    ...removed.map(({ name }) => `  ${fate}: ${name}`),
    ...kept.map(({ name, why }) => `  kept: ${name} (${why.join(', ')})`),
  ];
}

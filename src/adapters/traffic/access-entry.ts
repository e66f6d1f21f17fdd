import {
  ANSWER_FIELD,
  BY_OUTPOST,
  ERROR_FIELD,
  OWN_FIELD,
  REQUEST_FIELD,
  SIDE_FIELD,
} from '../../domain/caddy/log-fields.js';
import { GENERATION_HOST } from '../../domain/values/domain-name.js';
import { refusalReasons, type AccessEntry, type RefusalReason } from '../../domain/traffic/access-entry.js';

/** The fields of a line that Hecate reads; all come from a file, so none is certain. */
type Fields = Readonly<Record<string, unknown>>;

/**
 * Parses a line of Caddy's access log. Returns null for what is not a whole request: the cut off line of a killed Caddy, or
 * another entry. A request that Caddy refused before its routes, such as one with an invalid host, has empty texts.
 */
export function parseEntry(line: string): AccessEntry | null {
  const fields = fieldsOf(line);
  const { ts, duration, status, size } = fields;
  if (typeof ts !== 'number' || typeof duration !== 'number' || typeof status !== 'number') return null;
  const error = textOf(fields[ERROR_FIELD]);
  const answer = answerOf(textOf(fields[ANSWER_FIELD]) ?? '');
  const refused = answer.refused ?? (error === null ? null : refusedByError(status, error));
  const hasAsked = answer.upstream !== '' && !answer.isByOutpost && answer.refused === null && error !== NO_UPSTREAMS;
  const request = requestOf(textOf(fields[REQUEST_FIELD]) ?? '');
  return {
    endedMs: ts * 1000,
    durationMs: duration * 1000,
    status,
    bytes: typeof size === 'number' ? size : 0,
    ...request,
    upstream: hasAsked ? answer.upstream : null,
    upstreamMs: hasAsked && error === null ? answer.latencyMs : null,
    side: textOf(fields[SIDE_FIELD]),
    refused,
    error,
    id: answer.id || (textOf(fields['uuid']) ?? ''),
    // Only Hecate asks for the generation; no route can have this host.
    isOwn: fields[OWN_FIELD] !== undefined || request.host === GENERATION_HOST,
  };
}

function fieldsOf(line: string): Fields {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Fields) : {};
  } catch {
    return {};
  }
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

/** What a request line can hold; a tab in a method (HTTP/2) would make the host a part of it. */
const REQUEST = /^([^\t]*)\t([^\t]*)\t([^\t]*)\t((?:[/*][^]*)?)$/;

function requestOf(text: string): Pick<AccessEntry, 'clientIp' | 'method' | 'host' | 'path'> {
  const [, clientIp = '', method = '', host = '', path = ''] = REQUEST.exec(text) ?? [];
  return { clientIp, method, host: host.toLowerCase().replace(/\.$/, ''), path };
}

interface Answer {
  readonly refused: RefusalReason | null;
  readonly isByOutpost: boolean;
  readonly latencyMs: number | null;
  readonly upstream: string;
  readonly id: string;
}

function answerOf(text: string): Answer {
  const [by = '', latency = '', upstream = '', id = ''] = text.split('\t');
  const reason = refusalReasons.find((one) => one === by) ?? (by === '' || by === BY_OUTPOST ? null : 'other');
  const latencyMs = Number.parseFloat(latency);
  return {
    refused: reason,
    isByOutpost: by === BY_OUTPOST,
    latencyMs: Number.isFinite(latencyMs) ? latencyMs : null,
    upstream,
    id,
  };
}

/** Caddy's error when every server of a pool is down or failed. */
const NO_UPSTREAMS = 'no upstreams available';

/** The reason of an error that Caddy itself answered with. An upstream's answer of the same status is no error. */
function refusedByError(status: number, error: string): RefusalReason | null {
  if (status === 401) return 'basic-auth';
  if (status === 413) return 'body-size';
  if (status === 429) return 'rate-limit';
  return error === NO_UPSTREAMS || error.startsWith('dial ') ? 'no-upstream' : null;
}

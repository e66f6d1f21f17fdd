import {
  BODY_FIELD,
  BY_OUTPOST,
  ERROR_FIELD,
  OUTPOST_MS_FIELD,
  OWN_FIELD,
  PEER_FIELD,
  READ_FIELD,
  SIDE_FIELD,
  USER_FIELD,
} from '../../domain/caddy/log-fields.js';
import { DESCRIPTION_FIELD } from '../../domain/middleware/described-request.js';
import { GENERATION_HOST } from '../../domain/values/network/domain-name.js';
import { refusalReasons, type AccessEntry, type RefusalReason } from '../../domain/traffic/access-entry.js';
import { isVisitorsFault, type FailedRequest } from '../../domain/traffic/visitor-fault.js';

/** The fields of a line that Hecate reads; all come from a file, so none is certain. */
type Fields = Readonly<Record<string, unknown>>;

/**
 * Parses a line of Caddy's access log. Returns null for what is not a whole request: the cut off line of a killed Caddy, or
 * another entry. A request that Caddy refused before its routes, such as one with an invalid host, has empty texts.
 */
export function parseEntry(line: string): AccessEntry | null {
  const fields = fieldsOf(line);
  const { ts, duration, status, size, msg } = fields;
  if (!isRequest(msg)) return null;
  if (typeof ts !== 'number' || typeof duration !== 'number' || typeof status !== 'number') return null;
  const error = textOf(fields[ERROR_FIELD]);
  const { answer, request } = described(textOf(fields[DESCRIPTION_FIELD]) ?? textOf(fields[USER_FIELD]) ?? '');
  const isAnswered = answer.latency !== '' && Number(answer.latency) !== fields[OUTPOST_MS_FIELD];
  const isGone = status === CLIENT_CLOSED && !isAnswered && (error === null || CANCELED.test(error));
  const refused = isGone
    ? null
    : (answer.refused ?? (error === null ? null : refusedByError(status, failedRequest(error, fields))));
  const hasAsked = answer.upstream !== '' && !answer.isByOutpost && answer.refused === null && error !== NO_UPSTREAMS;
  return {
    endedMs: ts * 1000,
    durationMs: duration * 1000,
    status: isGone ? 0 : status,
    bytes: typeof size === 'number' ? size : 0,
    ...request,
    upstream: hasAsked ? answer.upstream : null,
    upstreamMs: hasAsked && error === null && isAnswered ? latencyOf(answer.latency) : null,
    side: textOf(fields[SIDE_FIELD]),
    refused,
    error,
    id: answer.id || (textOf(fields['uuid']) ?? ''),
    // Only Hecate asks for the generation; no route can have this host.
    isOwn: fields[OWN_FIELD] !== undefined || request.host === GENERATION_HOST,
  };
}

/** Returns false for what Caddy reports otherwise. Older versions of Hecate wrote requests without a message. */
function isRequest(message: unknown): boolean {
  return message === undefined || message === 'handled request' || message === 'NOP';
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

/** A description. Only the method and the path, at its end, may hold tabs; see `domain/caddy/log-fields.ts`. */
const DESCRIBED = /^([^\t]*)\t([^\t]*)\t([^\t]*)\t([^\t]*)\t([^\t]*)\t([^\t]*)\t([^]*)$/;

function described(text: string) {
  const [, by = '', latency = '', upstream = '', id = '', clientIp = '', host = '', asked = ''] =
    DESCRIBED.exec(text) ?? [];
  const request = { clientIp, host: host.toLowerCase().replace(/\.$/, ''), ...methodAndPath(asked) };
  return { answer: answerOf(by, latency, upstream, id), request };
}

/** A path begins with a slash, or is `*`; a method may hold tabs, over HTTP/2. */
function methodAndPath(asked: string): Pick<AccessEntry, 'method' | 'path'> {
  const end = asked.search(/\t[/*]/);
  return end === -1
    ? { method: asked.replace(/\t$/, ''), path: '' }
    : { method: asked.slice(0, end), path: asked.slice(end + 1) };
}

interface Answer {
  readonly refused: RefusalReason | null;
  readonly isByOutpost: boolean;
  /** Milliseconds as Caddy writes them; empty: none answered. */
  readonly latency: string;
  readonly upstream: string;
  readonly id: string;
}

function answerOf(by: string, latency: string, upstream: string, id: string): Answer {
  const reason = refusalReasons.find((one) => one === by) ?? (by === '' || by === BY_OUTPOST ? null : 'other');
  return {
    refused: reason,
    isByOutpost: by === BY_OUTPOST,
    latency,
    upstream,
    id,
  };
}

function latencyOf(text: string): number | null {
  const ms = Number.parseFloat(text);
  return Number.isFinite(ms) ? ms : null;
}

/** Caddy notes this status when a visitor went away before an answer, which nobody got. An upstream may answer it too. */
const CLIENT_CLOSED = 499;
/** Caddy's errors when the visitor went away while it connected. It takes any error with these words for one, also of an upstream. */
const CANCELED = /^(?!net\/http: ).*(operation was canceled|context canceled)$/;

/** Caddy's error when every server of a pool is down or failed. */
const NO_UPSTREAMS = 'no upstreams available';

/** The reason of an error that Caddy itself answered with. An upstream's answer of the same status is no error. */
function refusedByError(status: number, failed: FailedRequest): RefusalReason | null {
  const { error } = failed;
  if (status === 401) return 'basic-auth';
  if (status === 413) return 'body-size';
  if (status === 429) return 'rate-limit';
  if (status >= 500 && isVisitorsFault(failed)) return 'bad-request';
  return error === NO_UPSTREAMS || error.startsWith('dial ') ? 'no-upstream' : null;
}

function failedRequest(error: string, fields: Fields): FailedRequest {
  const peer = textOf(fields[PEER_FIELD]);
  return { error, peer, body: peer === null ? 'unknown' : bodyOf(textOf(fields[BODY_FIELD]), fields[READ_FIELD]) };
}

/** The end of a body without a declared length is not known. */
function bodyOf(declared: string | null, read: unknown): FailedRequest['body'] {
  if (declared === null) return 'none';
  return declared !== '' && typeof read === 'number' && read >= Number(declared) ? 'complete' : 'incomplete';
}

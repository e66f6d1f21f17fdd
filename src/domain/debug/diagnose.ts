import { severities, type Severity } from '../dns/finding.js';
import { accessFindings, answerFindings, middlewareFindings } from './answer-findings.js';
import {
  certificateFindings,
  clockFindings,
  configFindings,
  listenerFindings,
  nameSightFindings,
  withoutEcho,
} from './entrance-findings.js';
import type { Evidence, Looked } from './evidence.js';
import type { Cause } from './cause.js';
import { routingFindings, routingText, serverFindings } from './route-findings.js';
import { addressesOf } from '../dns/findings.js';

/** Results of a step. `info`: unusual, but no fault. */
export const stepResults = ['ok', 'info', 'warn', 'fail', 'skipped'] as const;
/** How a step went. */
export type StepResult = (typeof stepResults)[number];

/** One step of a request. */
export interface Step {
  readonly name: string;
  readonly result: StepResult;
  readonly found: string;
  /** Milliseconds; null: nothing was asked. */
  readonly ms: number | null;
}

/** Why a request gets the answer that it gets. */
export interface Diagnosis {
  readonly proxy: string;
  readonly passed: boolean;
  readonly steps: readonly Step[];
  /** The gravest first, and among these the one that a request meets first. */
  readonly findings: readonly Cause[];
  /** The most likely cause in one sentence; null: nothing is wrong. */
  readonly cause: string | null;
  /** What to do about it, with a whole command where there is one; null: nothing. */
  readonly advice: string | null;
}

/** Follows a request through the evidence, in the order in which it meets each part. Pure. */
export function diagnose(seen: Evidence): Diagnosis {
  const evidence = withoutEcho(seen);
  const parts = steps(evidence);
  const findings = parts
    .flatMap((part) => part.findings)
    .toSorted((a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity));
  const first = findings.find(({ severity }) => severity !== 'info');
  return {
    proxy: evidence.proxy,
    passed: first?.severity !== 'error',
    steps: stepsOf(parts, evidence),
    findings,
    cause: first === undefined ? null : causeText(first, parts),
    advice: first?.advice ?? null,
  };
}

/** Most failed servers that the cause names. */
const MOST_SERVERS = 3;

/** Servers can fail for different reasons, of which none is the cause alone. */
function causeText(first: Cause, parts: readonly Part[]): string {
  const servers = parts.find(({ name, findings }) => name === 'upstream' && findings.includes(first));
  if (servers === undefined) return first.detail;
  const all = servers.findings.filter(({ severity }) => severity === first.severity).map(({ detail }) => detail);
  const more = all.length - MOST_SERVERS;
  return [...all.slice(0, MOST_SERVERS), ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
}

interface Part {
  readonly name: string;
  readonly looked: Looked<unknown> | null;
  /** What was found when nothing is wrong. */
  readonly found: string;
  readonly findings: readonly Cause[];
}

function steps(evidence: Evidence): Part[] {
  const { names, listener, config, certificate, answeredBy, signIn, servers, answer, clockSkewMs, served } = evidence;
  const part = (name: string, looked: Looked<unknown> | null, found: string, findings: readonly Cause[]): Part => ({
    ...{ name, looked, found, findings },
  });
  return [
    part('DNS', names, 'seen' in names ? namesText(evidence) : '', nameSightFindings(evidence)),
    part('listener', listener, 'HTTP and HTTPS accept connections', listenerFindings(evidence)),
    part('clock', known(clockSkewMs), clockText(evidence), clockFindings(evidence)),
    part('configuration', config, 'seen' in config ? config.seen.detail : '', configFindings(evidence)),
    part('certificate', certificate, certificateText(evidence), certificateFindings(evidence)),
    part('route', answeredBy, routingText(evidence), routingFindings(evidence)),
    part('sign-in', signInSight(signIn), 'the identity provider asks visitors to sign in', accessFindings(evidence)),
    part('middleware', served === null ? NO_ROUTE : null, middlewareText(evidence), middlewareFindings(evidence)),
    part('upstream', servers, serversText(evidence), serverFindings(evidence)),
    part('request', answer, answerText(evidence), answerFindings(evidence)),
  ];
}

const NO_ROUTE = { skipped: 'no route' };

function known(clockSkewMs: number | null): Looked<unknown> | null {
  return clockSkewMs === null ? { skipped: 'not known' } : null;
}

/** Nobody knows whether visitors are asked to sign in when the outpost gives no answer. */
function signInSight(signIn: Evidence['signIn']): Looked<unknown> {
  return 'seen' in signIn && signIn.seen.asks === null ? { skipped: 'the outpost gives no answer' } : signIn;
}

const RESULTS: Record<Severity, StepResult> = { error: 'fail', warning: 'warn', info: 'info' };

/** Returns the steps. One that the request does not reach, and that has no finding of its own, is skipped. */
function stepsOf(parts: readonly Part[], { served, answer }: Evidence): Step[] {
  const own = parts.map(stepOf);
  const isBad = ({ result }: Step) => result === 'fail' || result === 'warn';
  const answered = 'seen' in answer && answer.seen.kind === 'answered' ? answer.seen : null;
  const isByProxy = answered !== null && (answered.trace?.upstream ?? null) === null;
  const end = own.findIndex(
    (step) => (step.name === 'route' && served === null) || (step.name === 'middleware' && isBad(step) && isByProxy),
  );
  // An error that an earlier finding explains has no finding of its own.
  const isRefused = answered !== null && answered.status >= 400 && (isByProxy || own.some(isBad));
  const worst = own.some(({ result }) => result === 'fail') ? ('fail' as const) : ('warn' as const);
  return own.map((step, at) => {
    if (step.name === 'request') return step.result === 'ok' && isRefused ? { ...step, result: worst } : step;
    if (end < 0 || at <= end || step.result !== 'ok') return step;
    return { ...step, result: 'skipped', found: `not reached: ${own[end]?.name} ends the request`, ms: null };
  });
}

function stepOf({ name, looked, found, findings }: Part): Step {
  const [worst] = findings.toSorted((a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity));
  const ms = looked !== null && 'ms' in looked ? looked.ms : null;
  if (worst !== undefined) return { name, result: RESULTS[worst.severity], found: worst.detail, ms };
  if (looked !== null && 'skipped' in looked) return { name, result: 'skipped', found: looked.skipped, ms: null };
  return { name, result: 'ok', found, ms };
}

function namesText({ names, publicAddresses }: Evidence): string {
  if (!('seen' in names)) return '';
  const addresses = addressesOf(names.seen).join(', ') || 'no address';
  return `${addresses}${publicAddresses === null ? '; not compared, HECATE_PUBLIC_ADDRESSES is not set' : ''}`;
}

function clockText({ clockSkewMs }: Evidence): string {
  return clockSkewMs === null ? 'not known' : `differs by at most ${clockSkewMs} ms beyond a second`;
}

function certificateText({ certificate }: Evidence): string {
  if (!('seen' in certificate) || certificate.seen === null) return '';
  return `by ${certificate.seen.issuer} until ${certificate.seen.notAfter}`;
}

function middlewareText({ served }: Evidence): string {
  return served?.route.middleware.join(', ') || 'none';
}

function serversText({ servers }: Evidence): string {
  if (!('seen' in servers)) return '';
  return servers.seen.map(({ dial }) => `${dial} answers`).join('; ') || 'none is asked';
}

function answerText({ answer }: Evidence): string {
  if (!('seen' in answer) || answer.seen.kind === 'failed') return '';
  const { url, status, location, trace, timings } = answer.seen;
  const to = location === null ? '' : ` to ${location}`;
  const by = trace?.upstream
    ? `, by ${trace.upstream}${trace.upstreamMs === null ? '' : ` in ${Number(trace.upstreamMs.toFixed(1))} ms`}`
    : '';
  return `${url} answers ${status}${to}${by} (${timings})`;
}

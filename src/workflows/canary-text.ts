import type { CanaryView, SideFigures } from './contracts/canary.js';
import { details } from './details.js';

/** Returns a canary in Markdown, for the Web UI. */
export function canaryText(view: CanaryView, nowMs: number): string {
  const heading = `canary at ${view.canary.percentage}%${view.canary.paused ? ', paused' : ''}`;
  return details(heading, [['by', view.by], ...canaryLines(view, nowMs)]);
}

/** Returns a canary as pairs of a name and a text. */
export function canaryLines(
  { canary, stableUpstream, figures, verdict, next }: CanaryView,
  nowMs: number,
): [string, string][] {
  const { domain, upstream, percentage, since, stepSince, steps, interval, paused } = canary;
  const figuresSince = figures?.since ?? stepSince;
  return [
    ['canary', `${domain}: ${stableUpstream} → ${upstream}, since ${since}`],
    ['step', `${percentage}% since ${stepSince}${paused ? ' (PAUSED)' : ''}`],
    ['steps', steps.length === 0 ? 'none; set the percentage yourself' : `${steps.map((step) => `${step}%`).join(', ')}, ${interval} each`],
    ['real split', figures === null ? 'unknown' : splitText(figures)],
    ['stable', figures === null ? 'unknown' : sideText(figures.stable)],
    ['canary side', figures === null ? 'unknown' : sideText(figures.canary)],
    ['figures since', figuresSince],
    ['verdict', verdict === null ? 'none yet' : `${verdict.kind.replace('-', ' ')}: ${verdict.sentence}`],
    ['next', next.at === null ? next.sentence : `${next.sentence}, at the earliest in ${spoken(Date.parse(next.at) - nowMs)} (${next.at})`],
  ]; // prettier-ignore
}

function splitText({ stable, canary }: { readonly stable: SideFigures; readonly canary: SideFigures }): string {
  const all = stable.requests + canary.requests;
  if (all === 0) return 'no requests yet';
  return `${share(canary.requests, all)} of ${all} requests went to the canary`;
}

function sideText({ requests, errors, slow, p50Ms, p99Ms }: SideFigures): string {
  if (requests === 0) return 'no requests yet';
  const late = slow === 0 ? '' : `, ${slow} too late`;
  return `${requests} requests, ${share(errors, requests)} failed (${errors}), p50 ${spokenMs(p50Ms)}, p99 ${spokenMs(p99Ms)}${late}`;
}

function share(part: number, all: number): string {
  return `${Math.round((part / all) * 10_000) / 100}%`;
}

function spokenMs(ms: number | null): string {
  return ms === null ? '–' : `${ms < 10 ? Math.round(ms * 10) / 10 : Math.round(ms)} ms`;
}

function spoken(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}

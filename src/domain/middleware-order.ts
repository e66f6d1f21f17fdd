import type { Middleware } from './middleware/list.js';

/**
 * Why these cannot act in this order. What is behind a final one is never reached; guards act before sign-in and transforms
 * behind it, so a guard behind a transform could not act where it stands.
 */
export function orderProblems(items: readonly Middleware[]): string[] {
  return items.flatMap((item, index) => problemOf(item, items.slice(0, index)) ?? []);
}

function problemOf(item: Middleware, earlier: readonly Middleware[]): string | null {
  const { kind, text } = item;
  const twin = earlier.find((one) => one.kind.name === kind.name && one.identity === item.identity);
  if (twin) return twin.text === text ? `${text} is given twice` : `${twin.text} and ${text} say two things; keep one`;
  const final = earlier.find(({ isFinal }) => isFinal);
  if (final) return `${text} is never reached behind ${final.text}; put it first or leave it out`;
  const rival = earlier.find((one) => one.kind.name === kind.neverAfter?.name);
  if (rival) return `${text} cannot stand behind ${rival.text}: ${kind.neverAfter?.why}; put it first`;
  const transform = earlier.find((one) => one.kind.stage === 'transform');
  if (kind.stage === 'transform' || !transform) return null;
  return `${text} acts before sign-in, ${transform.text} right before the upstream; put ${kind.name} first`;
}

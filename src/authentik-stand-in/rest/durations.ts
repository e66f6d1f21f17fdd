const seconds: Readonly<Record<string, number>> = {
  weeks: 604_800,
  days: 86_400,
  hours: 3600,
  minutes: 60,
  seconds: 1,
  milliseconds: 0.001,
};

/** Returns the seconds of a duration such as `hours=1;minutes=30`; 0 for any other text. */
export function secondsOf(duration: string): number {
  return duration
    .split(/[;,]/)
    .map((part) => part.split('='))
    .reduce((sum, [unit, count]) => sum + (seconds[(unit ?? '').trim()] ?? 0) * (Number(count) || 0), 0);
}

/** Returns true for a duration that authentik accepts: pairs of a unit and a number, at least one of them with a known unit. */
export function isDuration(text: string): boolean {
  const pairs = text.split(';').map((pair) => pair.split('='));
  const known = pairs.filter(([unit = '']) => unit.toLowerCase() === 'microseconds' || unit.toLowerCase() in seconds);
  const isNumber = (count: string | undefined) => count !== undefined && /^[-+]?\d+(\.\d*)?$/.test(count.trim());
  return known.length > 0 && pairs.every(({ length }) => length === 2) && known.every(([, count]) => isNumber(count));
}

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

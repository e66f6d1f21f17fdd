const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB'] as const;

/** Returns a number of bytes for a person, such as `12.4 MB` (10⁶ bytes). */
export function byteSize(bytes: number): string {
  let value = bytes;
  for (const unit of UNITS) {
    const isLast = unit === UNITS.at(-1);
    if (value < 999.5 || isLast) return unit === 'bytes' ? `${bytes} ${unit}` : `${value.toFixed(1)} ${unit}`;
    value /= 1_000;
  }
  return `${bytes} bytes`;
}

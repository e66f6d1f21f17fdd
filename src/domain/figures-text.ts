/** A whole number as people read it: `12,345`. */
export function countText(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** A share in percent with at most two decimals: `0.25%`. */
export function percentText(share: number): string {
  return `${Math.round(share * 10_000) / 100}%`;
}

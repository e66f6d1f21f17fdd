/** Returns a path or address without its query string and fragment, which often hold tokens; `?…` stands where one was. */
export function withoutQuery(address: string): string {
  const at = address.search(/[?#]/);
  return at < 0 ? address : `${address.slice(0, at)}?…`;
}

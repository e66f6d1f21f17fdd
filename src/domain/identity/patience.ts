const LEAST_MS = 60_000;
const FOR_EACH_HOST_MS = 1_500;
/** Ten minutes, the limit of one run of the writer. */
const MOST_MS = 600_000;

/**
 * How long to wait for a run of the writer to the identity provider, in ms: a minute, and 1.5 s for each host that it works
 * on. A slow authentik takes up to 1.7 s for a call, a host needs about four, and eight hosts are worked on at a time.
 */
export function writerPatienceMs(hosts: number): number {
  return Math.min(LEAST_MS + FOR_EACH_HOST_MS * hosts, MOST_MS);
}

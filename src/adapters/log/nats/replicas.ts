import type { NatsConnection } from 'nats';

const IN_A_CLUSTER = 3;

/** Returns how many servers keep each message: three in a cluster of three or more, so that one may fail; else one. */
export function replicasOn({ info }: NatsConnection): number {
  const isLarge = (info?.connect_urls?.length ?? 0) >= IN_A_CLUSTER;
  return info?.cluster !== undefined && isLarge ? IN_A_CLUSTER : 1;
}

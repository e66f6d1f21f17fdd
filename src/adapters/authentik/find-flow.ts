import { answered, type AuthentikApi } from './api-client.js';

/** The flow with this slug; null when there is none. */
export async function findFlow({ flows }: AuthentikApi, slug: string) {
  const found = await answered('find a flow', flows.flowsInstancesList({ slug }));
  return found.results.find((flow) => flow.slug === slug) ?? null;
}

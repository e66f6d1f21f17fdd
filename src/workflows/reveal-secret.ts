import { proxyLocalActivities } from '@temporalio/workflow';
import type { RevealActivities, RevealedSecret, RevealQuestion } from './contracts/reveal.js';

const activities = proxyLocalActivities<RevealActivities>({
  startToCloseTimeout: '60s',
  retry: { maximumAttempts: 1 },
  summary: 'Encrypt the value of a secret for the command that asks',
});

/** Returns a secret's value, encrypted for the command that asks. For servers without standalone activities. */
export async function revealSecret(question: RevealQuestion): Promise<RevealedSecret> {
  return activities.revealSecret(question);
}

import { proxyActivities } from '@temporalio/workflow';

const { nothing } = proxyActivities({ startToCloseTimeout: '10s' });

/** What Hecate's operations are measured against: three regular activities that do nothing. */
export async function bare() {
  await nothing();
  await nothing();
  await nothing();
}

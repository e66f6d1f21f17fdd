import { proxyActivities } from '@temporalio/workflow';

const { nothing } = proxyActivities({ startToCloseTimeout: '10s' });

/** The workflow to compare Hecate's operations with: three regular activities that do nothing. */
export async function bare() {
  await nothing();
  await nothing();
  await nothing();
}

import { ApplicationFailure } from '@temporalio/workflow';

/** A workflow of any name that Hecate does not have. Its input fits no shape, so it is refused before it runs. */
export default async function unknown(..._args: readonly unknown[]): Promise<never> {
  throw ApplicationFailure.nonRetryable('Hecate has no such workflow', 'refused');
}

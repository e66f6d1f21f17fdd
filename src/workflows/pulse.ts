/** Ends at once. A worker starts it now and then, to learn that Temporal runs workflows and that a worker takes them. */
export async function pulse(): Promise<void> {}

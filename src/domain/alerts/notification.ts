/** One alert inside a notification. */
export interface NotifiedAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: { readonly summary: string; readonly description: string };
  /** ISO 8601. */
  readonly startsAt: string;
  /** ISO 8601; null while it fires. */
  readonly endsAt: string | null;
  /** Hash of the labels: one alert keeps it for ever. */
  readonly fingerprint: string;
}

/** What one sink is told about a group of alerts. */
export interface Notification {
  /** The same for the same state of the same group and sink, also after a restart: what was delivered once is never delivered again. */
  readonly id: string;
  /** Name of the `AlertSink`. */
  readonly sink: string;
  /** `resolved` when no alert of the group fires any more. */
  readonly status: 'firing' | 'resolved';
  /** Names the group in all its notifications. */
  readonly groupKey: string;
  /** At least one, firing ones first. */
  readonly alerts: readonly NotifiedAlert[];
  /** ISO 8601: when the engine decided to send it. */
  readonly at: string;
}

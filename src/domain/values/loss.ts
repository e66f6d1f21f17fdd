/** One thing that a change takes away from the protection of a site. */
export interface Loss {
  /**
   * `access`: people get in who did not before. `protection`: a protection is gone. `looser`: it is still there and protects
   * less. The first two need a person's consent.
   */
  readonly kind: 'access' | 'protection' | 'looser';
  /** A clause without a full stop: `basic-auth:team is taken away, so nobody is asked for its password`. */
  readonly text: string;
}

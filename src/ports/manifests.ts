import type { Desired, ManifestLocation } from '../domain/manifests/desired.js';

/**
 * What is wanted, read from where it stands. What is wrong with the manifests themselves is answered, all at once. Throws
 * `Failure`: `missing` when there is no such repository, ref or commit, or what was handed over has expired; `denied` when
 * a repository refuses our credential; `unavailable` when it does not answer in 30 s; `invalid`: no repository could have this address or ref.
 */
export interface Manifests {
  read(location: ManifestLocation): Promise<Desired>;
}

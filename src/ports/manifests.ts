import type { Desired, ManifestLocation } from '../domain/manifests/desired.js';

/**
 * Reader of manifests, from a Git repository or handed over by a client. Returns all problems of the manifests at once.
 * Throws `Failure`: `missing` when the repository, ref or commit does not exist, or what was handed over has expired;
 * `denied` when a repository refuses our credential; `unavailable` when it does not answer in 30 s; `invalid` for an
 * impossible address or ref.
 */
export interface Manifests {
  read(location: ManifestLocation): Promise<Desired>;
}

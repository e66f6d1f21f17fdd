/** Where manifests are: handed over by the command line (by hash), or in a Git repository, at a commit or at its ref's end. */
export type ManifestLocation =
  | { readonly kind: 'staged'; readonly hash: string }
  | { readonly kind: 'git'; readonly url: string; readonly commit: string | null };

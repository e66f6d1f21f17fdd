/** A certificate to issue. */
export interface CertificateRequest {
  /** Mount and role, such as `hecate-pki/routes`. */
  readonly pki: string;
  readonly commonName: string;
  /** Other names and addresses of the certificate. */
  readonly altNames?: readonly string[];
  /** Lifetime such as `720h`; absent: that of the role. */
  readonly ttl?: string;
}

/** An issued certificate with its private key. Never logged, never part of an error. */
export interface IssuedCertificate {
  /** Leaf and intermediate certificates, in PEM, leaf first. */
  readonly chain: string;
  /** Private key in PEM. */
  readonly key: string;
  /** Serial number, in hex with colons. */
  readonly serial: string;
}

/**
 * Vault's PKI, as the worker uses it. Every call ends within 5 s. Throws `Failure`: `unavailable` when Vault does not answer,
 * `denied` when it refuses: the message names the path and the capability, or the reason of the role.
 */
export interface Pki {
  /** Issues a certificate with a new key. Each call issues another one. */
  issue(request: CertificateRequest): Promise<IssuedCertificate>;
  /** Revokes a certificate by its serial number. Idempotent: one that is revoked, expired or unknown to the mount is fine. */
  revoke(pki: string, serial: string): Promise<void>;
  /** Returns true when a certificate is revoked or unknown to the mount. */
  isRevoked(pki: string, serial: string): Promise<boolean>;
  /** Issues such a certificate for a minute and revokes it. Throws `denied` when Vault refuses one of these, or keeps no certificates. */
  probe(request: CertificateRequest): Promise<void>;
}

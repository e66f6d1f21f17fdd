import { all } from '../../domain/log/state.js';
import { basicAuthOf } from '../../domain/middleware/kinds/basic-auth.js';
import { hostsOf } from '../../domain/resources/route.js';
import type { Issuer } from '../../ports/credentials.js';
import { Failure } from '../../ports/failure.js';
import { createPasswordIssuer, mintedAccounts, type PasswordSources } from './password-issuer.js';

/** Creates the issuer of `basic-auth`: a new random password for each user of the value in force. */
export function createBasicAuthIssuer(sources: PasswordSources): Issuer {
  return createPasswordIssuer(sources, {
    async issue({ name }, { former }) {
      if (former === null) {
        throw new Failure('missing', `Vault does not have the accounts of ${name}, so their users are not known`, {
          system: 'vault',
          hint: `Write the accounts into a file and run: hecate update secret rotate --name ${name} --strategy immediate --from-file FILE`,
        });
      }
      return mintedAccounts(Object.keys(former.value), sources);
    },
    gates: (state, name) =>
      all(state, 'Route')
        .map(({ value }) => value)
        .filter((route) => basicAuthOf(route).includes(name))
        .flatMap((route) => hostsOf(route).map((host) => ({ consumer: `route ${route.domain}`, host }))),
  });
}

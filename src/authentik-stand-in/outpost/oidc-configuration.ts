/** Returns the OpenID Connect discovery document of an application. */
export function oidcConfiguration(base: string, slug: string) {
  const at = (path: string) => `${base}/application/o/${path}/`;
  return {
    issuer: at(slug),
    authorization_endpoint: at('authorize'),
    token_endpoint: at('token'),
    userinfo_endpoint: at('userinfo'),
    end_session_endpoint: at(`${slug}/end-session`),
    introspection_endpoint: at('introspect'),
    revocation_endpoint: at('revoke'),
    device_authorization_endpoint: at('device'),
    backchannel_logout_supported: true,
    backchannel_logout_session_supported: true,
    response_types_supported: ['code'],
    response_modes_supported: ['query'],
    jwks_uri: at(`${slug}/jwks`),
    grant_types_supported: ['authorization_code'],
    id_token_signing_alg_values_supported: ['HS256'],
    subject_types_supported: ['public'],
    token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic'],
    acr_values_supported: ['goauthentik.io/providers/oauth2/default'],
    scopes_supported: ['ak_proxy', 'openid', 'email', 'entitlements', 'profile'],
    request_parameter_supported: false,
    claims_supported: ['sub', 'iss', 'aud', 'exp', 'iat', 'email', 'name', 'preferred_username', 'groups'],
    claims_parameter_supported: false,
    code_challenge_methods_supported: ['plain', 'S256'],
  };
}

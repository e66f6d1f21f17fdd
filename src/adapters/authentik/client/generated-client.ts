/** authentik's generated client. A file of its own because the package has its ES modules only under this path. */
export * from '@goauthentik/api/dist/esm/index.js';

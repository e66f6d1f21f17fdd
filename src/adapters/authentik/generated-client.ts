/** authentik's generated client, whose published package has its ES modules only, under this path. */
export * from '@goauthentik/api/dist/esm/index.js';

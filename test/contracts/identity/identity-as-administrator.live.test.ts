/** The same suite with an administrator's token. */
process.env['HECATE_TEST_ACCOUNT'] = 'administrator';
await import('./identity.live.test.js');

export {};

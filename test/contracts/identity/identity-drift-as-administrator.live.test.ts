/** The same suite with an administrator's token. */
process.env['HECATE_TEST_ACCOUNT'] = 'administrator';
await import('./identity-drift.live.test.js');

export {};

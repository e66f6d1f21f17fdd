import { describe, expect, it } from 'vitest';
import { backupDestination, backupSource, isS3 } from '../../../src/domain/values/backup-destination.js';

describe('a destination of backups', () => {
  it.each([
    ['s3://backups', 's3://backups/'],
    ['s3://backups/hecate', 's3://backups/hecate/'],
    ['s3://Backups_1/hecate/main/', 's3://Backups_1/hecate/main/'],
    ['/backup/hecate/', '/backup/hecate'],
    ['/backup//./old/../hecate', '/backup/hecate'],
    ['/', '/'],
  ])('%s is kept as %s, and stays so', (given, kept) => {
    expect(backupDestination.parse(given)).toBe(kept);
    expect(backupDestination.parse(kept)).toBe(kept);
  });

  it.each([
    ['backup/hecate', 'absolute path'],
    ['', 'is empty'],
    ['http://backups.example.com/', 'is not supported'],
    ['s3://', 'bucket'],
    ['s3://AKIA:secret@backups/hecate', 'no credentials'],
    ['/backup\n/hecate', 'control character'],
    [`/${'a'.repeat(1_000)}`, 'longer than'],
  ])('is not %j', (given, why) => {
    const parsed = backupDestination.safeParse(given);
    expect(parsed.error?.issues.map(({ message }) => message).join()).toContain(why);
  });

  it('needs credentials in S3 only', () => {
    expect([isS3('s3://backups/'), isS3('/backup')]).toEqual([true, false]);
  });
});

it('a backup to read keeps its text, since its end may name a file', () => {
  expect(backupSource.parse('s3://backups/hecate/latest')).toBe('s3://backups/hecate/latest');
  expect(backupSource.safeParse('latest').success).toBe(false);
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { destinationText, isWithin, parseDestination } from '../../../src/domain/values/destination.js';

const text = (from: string) => {
  const parsed = parseDestination(from, '/home/anna');
  return 'ok' in parsed ? destinationText(parsed.ok) : parsed.problem;
};

describe('a destination', () => {
  it('is a folder or a prefix of a bucket', () => {
    expect(text('/backup/hecate/')).toBe('/backup/hecate');
    expect(text('/backup//./hecate/../x')).toBe('/backup/x');
    expect(text('backups')).toBe('/home/anna/backups');
    expect(text('../../../..')).toBe('/');
    expect(text('s3://backup-bucket/hecate/')).toBe('s3://backup-bucket/hecate/');
    expect(text('s3://backup-bucket/hecate/a')).toBe('s3://backup-bucket/hecate/a/');
    expect(text('S3://backup-bucket')).toBe('s3://backup-bucket/');
    expect(text('s3://backup-bucket/')).toBe('s3://backup-bucket/');
    expect(text('/backup/with space/ü')).toBe('/backup/with space/ü');
  });

  it.each([
    ['', 'is empty'],
    [' ', 'is empty'],
    ['/backup\n/x', 'control character'],
    ['/backup/\u202e', 'control character'],
    [`/${'x'.repeat(800)}`, 'longer than'],
    ['http://host/x', 'http: is not supported'],
    ['file:///backup', 'file: is not supported'],
    ['gs://bucket/x', 'gs: is not supported'],
    ['~/backup', 'write "$HOME/backup"'],
    ['s3://', 'not a name of a bucket'],
    ['s3://a/b', 'not a name of a bucket'],
    ['s3:///x', 'not a name of a bucket'],
    ['s3://bucket/a//b', 'empty part'],
    ['s3://bucket//', 'empty part'],
    ['s3://bucket/../x', '".."'],
    ['s3://bucket/x?versionId=1', 'no ? and #'],
    ['s3:bucket/x', 's3: is not supported'],
  ])('is not %j', (from, why) => {
    expect(text(from)).toContain(why);
  });

  it('shows no credentials that somebody wrote into it', () => {
    for (const from of ['s3://AKIAKEY:hunter2@bucket/x', 'https://anna:hunter2@host/x', 'rclone:anna:hunter2@host/x']) {
      expect(text(from)).not.toContain('hunter2');
      expect(text(from)).not.toContain('AKIAKEY');
    }
  });

  it('parses to itself', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.webPath(),
          fc.webPath().map((path) => `s3://bucket${path}`),
        ),
        (from) => {
          const parsed = parseDestination(from, '/base');
          if ('problem' in parsed) return;
          expect(parseDestination(destinationText(parsed.ok), '/other')).toEqual(parsed);
        },
      ),
    );
  });

  it('is inside a folder only at a slash', () => {
    expect(isWithin('/a/b', '/a')).toBe(true);
    expect(isWithin('/a', '/a')).toBe(true);
    expect(isWithin('/ab', '/a')).toBe(false);
    expect(isWithin('/ab', '/')).toBe(true);
  });
});

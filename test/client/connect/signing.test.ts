import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { hostname, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { writeJson, writePrivate } from '../../../src/adapters/files/private-files.js';
import { writeKeyFile } from '../../../src/adapters/keys/key-file.js';
import { newOperatorKey, operatorSigner, verifySignature } from '../../../src/adapters/keys/operator-key.js';
import { environmentHere } from '../../../src/client/connect/environment.js';
import { signerHere, signingAs, signingHere } from '../../../src/client/connect/signing.js';
import { provenText } from '../../../src/domain/trust/proof.js';
import { homeLayout } from '../../../src/stack/home-layout.js';
import { defaultConnections } from '../../../src/stack/load-connections.js';

const folder = mkdtempSync(join(tmpdir(), 'hecate-signing-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(() => void vi.stubEnv('HECATE_OPERATOR_KEY_FILE', undefined));
afterEach(() => void vi.unstubAllEnvs());

const { privateText, publicKey } = newOperatorKey('anna');
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const connections = defaultConnections(folder);

describe('a signed request', () => {
  const request = { id: 'a1', operation: 'route.create', input: { domain: 'a.example.com' } };
  const signed = signingAs(operatorSigner(privateText, 'FILE'), 'log-1').sign('operation', 'route.create/a1', request);

  it('has the request unchanged and a proof that its operator’s public key verifies', () => {
    const { proof, ...rest } = signed;
    expect(rest).toEqual({ ...request, from: { machine: hostname(), user: userInfo().username } });
    expect(proof).toMatchObject({ environment: 'log-1', signer: 'anna' });
    expect(Math.abs(Date.now() - Date.parse(proof.at))).toBeLessThan(60_000);
    const { signature, ...by } = proof;
    // The request travels as JSON.
    const unproven = { purpose: 'operation', workflowId: 'route.create/a1' } as const;
    const received = JSON.parse(JSON.stringify(signed)) as object;
    const verifies = (text: string) => verifySignature(publicKey, text, signature);
    expect(verifies(provenText({ ...unproven, request: received }, by, sha256))).toBe(true);
    expect(verifies(provenText({ ...unproven, request: { ...received, input: {} } }, by, sha256))).toBe(false);
  });
});

describe('the operator of a command', () => {
  it('without a key is refused, with the ways to get one', () => {
    const file = join(folder, 'operator.key');
    expect(() => signerHere(connections)).toThrow(`there is no operator’s key here: ${file} does not exist`);
    try {
      signerHere(connections);
    } catch (error) {
      expect(error).toMatchObject({
        kind: 'denied',
        details: { hint: expect.stringContaining('hecate init operator') as string },
      });
    }
  });

  it('has the key of the home, or the one that HECATE_OPERATOR_KEY_FILE names', async () => {
    writeKeyFile(homeLayout(folder).operatorKey, privateText);
    writeJson(homeLayout(folder).connections, connections);
    writePrivate(homeLayout(folder).logId, 'log-1\n');
    expect((await signingHere(connections)).operator).toBe('anna');
    const other = join(folder, 'other.key');
    writeKeyFile(other, newOperatorKey('ci').privateText);
    vi.stubEnv('HECATE_OPERATOR_KEY_FILE', other);
    expect((await signingHere(connections)).operator).toBe('ci');
  });
});

describe('the environment', () => {
  it('is the log that the home recorded, unless the command uses another NATS', async () => {
    writeJson(homeLayout(folder).connections, connections);
    writePrivate(homeLayout(folder).logId, 'log-1\n');
    expect(await environmentHere(connections)).toBe('log-1');
    const elsewhere = { ...connections, nats: { ...connections.nats, url: 'nats://127.0.0.1:1' } };
    await expect(environmentHere(elsewhere)).rejects.toMatchObject({ kind: 'unavailable' });
  });
});

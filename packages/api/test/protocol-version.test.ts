import { describe, expect, test } from 'vitest';
import { protocolVersion } from '../src/index.ts';
import { protocolHistory } from '../src/protocol-version.ts';
import { describeWire, wireDigest } from './wire-schema.ts';

describe('protocol version', () => {
  test('the wire is what the newest version says', () => {
    const { schema, version } = protocolHistory[0];
    const digest = wireDigest();
    const advice = `what goes over the wire differs from protocol version ${version}: add version ${version + 1} with schema '${digest}' and one line on what changed to packages/api/src/protocol-version.ts (or, while version ${version} is unreleased, replace its schema)`;
    expect(digest, advice).toBe(schema);
  });

  test('versions count down to 1, and each says what changed', () => {
    expect(protocolHistory.map(({ version }) => version)).toEqual(protocolHistory.map((_, at) => protocolHistory.length - at));
    expect(protocolHistory.every(({ change }) => change.length > 0)).toBe(true);
    expect(protocolVersion).toBe(protocolHistory.length);
  });

  test('the digest sees procedures, inputs, answers and codes', () => {
    const text = describeWire();
    for (const part of ['hub.push', 'edge.commitFiles', '"subscription"', 'acknowledged', 'siblings', 'epoch-mismatch']) {
      expect(text).toContain(part);
    }
  });
});

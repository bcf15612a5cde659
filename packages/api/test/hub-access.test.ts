import { expect, it } from 'vitest';
import { allowCall } from '../src/access-table.ts';
import { hubAccess, hubRouter } from '../src/hub/index.ts';

it('every procedure of the hub has a rule of access, and every rule a procedure', () => {
  const procedures = Object.keys(hubRouter._def.procedures);
  expect(procedures.length).toBeGreaterThan(60);
  expect(Object.keys(hubAccess).sort()).toEqual(procedures.sort());
});

it('nobody may call what has no rule', async () => {
  await expect(allowCall({}, { path: 'status', input: {}, allow: async () => undefined })).rejects.toMatchObject({ code: 'forbidden' });
});

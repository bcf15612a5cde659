import { expect, test } from 'vitest';
import { toldOfDirectory } from '../src/commands/admin/restore-directory.ts';

const nothing = { user: 0, group: 0, member: 0, grant: 0, link: 0, token: 0, placement: 0, quota: 0 };
const untilMs = Date.UTC(2026, 0, 1);

test('what came back is told by kind, with who brought it and who is still asked', () => {
  const taken = { ...nothing, user: 12, member: 30, link: 4 };
  expect(toldOfDirectory({ taken, offered: ['beijing', 'shanghai'] as never, awaited: ['shenzhen'] as never, untilMs })).toBe(
    'people, members, links: 12, 30, 4 from beijing, shanghai\nshenzhen: no answer yet; asked until 2026-01-01T00:00:00.000Z\n',
  );
  expect(toldOfDirectory({ taken: nothing, offered: [], awaited: [], untilMs })).toBe('people: nobody came back\n');
});

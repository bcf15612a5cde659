import type { DescribeRequest } from './auditor.ts';
import { plain } from './happened.ts';

/** Signing in on a page: by name, or by a token, whose holder is known when it was right. */
const openSession: DescribeRequest = ({ body }, _reply, result) => {
  const user = typeof body === 'object' && body !== null && 'user' in body ? body.user : null;
  const isNamed = typeof user === 'string' && user !== '';
  // What answers that something is missing has not tried anybody.
  if (!isNamed && result === 'invalid-input') return null;
  return { action: 'session.open', ...(isNamed ? { actor: plain(user.trim().toLowerCase(), 200) } : {}) };
};

export const sessionRoutes: Readonly<Record<string, DescribeRequest>> = {
  'POST /session': openSession,
  'DELETE /session': () => ({ action: 'session.close' }),
};

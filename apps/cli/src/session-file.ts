import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';

const sessionSchema = z.object({
  user: z.string(),
  /** Where the person signed in. */
  edgeUrl: z.string().nullable(),
  hubUrl: z.string().nullable(),
  refreshToken: z.string(),
  accessToken: z.string(),
  accessExpiresMs: z.number(),
});
/** What `jzse login` leaves. */
export type Session = z.infer<typeof sessionSchema>;

type Environment = Readonly<Record<string, string | undefined>>;

export function sessionPath(env: Environment): string {
  return join(env['XDG_CONFIG_HOME'] ?? join(env['HOME'] ?? homedir(), '.config'), 'jzse', 'session.json');
}

/** Null: nobody is signed in. */
export async function readSession(env: Environment): Promise<Session | null> {
  try {
    const parsed = sessionSchema.safeParse(JSON.parse(await readFile(sessionPath(env), 'utf8')));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

/** Whole or not at all, and for nobody else to read. */
export async function writeSession(env: Environment, session: Session): Promise<void> {
  const path = sessionPath(env);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.${process.pid}.new`;
  await writeFile(temporary, `${JSON.stringify(session)}\n`, { mode: 0o600 });
  await chmod(temporary, 0o600);
  await rename(temporary, path);
}

export const removeSession = (env: Environment): Promise<void> => rm(sessionPath(env), { force: true });

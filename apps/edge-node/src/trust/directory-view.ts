import type { DirectoryKind, DirectoryRecord, DirectoryState, Role, Subject } from '@jzse/api';
import { directoryStateSchemas, memberKey, placementKey, subjectKey } from '@jzse/api';
import type { Directory, DirectoryRow } from '@jzse/db/region';
import { highestRole, type Person } from '@jzse/identity';
import type { RegionId, SpaceId } from '@jzse/sync';

/** What this region's copy of the directory says, in its own types. Answers at once; what was asked before is remembered until the copy changes. */
export interface DirectoryView {
  /** False: no directory was ever read whole, and nobody can be let in. */
  isCopied(): boolean;
  /** When nothing newer was left at the hub; null: never. */
  copiedMs(): number | null;
  find<Kind extends DirectoryKind>(kind: Kind, key: string): DirectoryState<Kind> | null;
  tokenByHash(secretHash: string): DirectoryState<'token'> | null;
  person(user: string): Person;
  /** The person's role on the whole space, by itself and by groups. */
  roleIn(space: SpaceId, user: string): Role | null;
  /** The person's, and those of groups that the person is in. */
  grantsOf(space: SpaceId, user: string): readonly DirectoryState<'grant'>[];
  /** Spaces in which the person has a role or a grant. */
  spacesOf(user: string): ReadonlySet<SpaceId>;
  inSpace<Kind extends 'member' | 'grant' | 'link'>(kind: Kind, space: SpaceId): readonly DirectoryState<Kind>[];
  placement(space: SpaceId, region: RegionId): DirectoryState<'placement'>['placement'];
  regions(): readonly DirectoryState<'region'>[];
}

/** Answers that are remembered. */
const rememberedMax = 20_000;

export function createDirectoryView(directory: Directory): DirectoryView {
  const remembered = rememberAnswers(directory);
  const find = <Kind extends DirectoryKind>(kind: Kind, key: string): DirectoryState<Kind> | null =>
    remembered(`${kind} ${key}`, () => parse<Kind>(directory.state(kind, key)));
  const states = <Kind extends DirectoryKind>(kind: Kind, term: string): readonly DirectoryState<Kind>[] =>
    remembered(`${kind}s ${term}`, () => directory.states(kind, term).flatMap((state) => parse<Kind>(state) ?? []));
  const person = (user: string): Person =>
    remembered(`person ${user}`, () => ({ user, groups: new Set(states('group', user).map(({ group }) => group)) }));
  const subjectsOf = (user: string): Subject[] => [
    { type: 'user', user },
    ...[...person(user).groups].map((group) => ({ type: 'group' as const, group })),
  ];

  return {
    isCopied: () => directory.head().life !== null,
    copiedMs: () => directory.head().copiedMs,
    find,
    // Of a directory that knows nobody yet, its first admin's token counts too: with it the others are brought back.
    tokenByHash: (secretHash) =>
      states('token', secretHash)[0] ?? parse<'token'>(directory.beside()?.states('token', secretHash)[0] ?? null),
    person,
    roleIn: (space, user) =>
      remembered(`role ${space}/${user}`, () =>
        highestRole(subjectsOf(user).map((subject) => find('member', memberKey(space, subject))?.role ?? null)),
      ),
    grantsOf: (space, user) =>
      remembered(`granted ${space}/${user}`, () =>
        subjectsOf(user).flatMap((subject) => states('grant', `${space}/${subjectKey(subject)}`)),
      ),
    spacesOf: (user) =>
      remembered(`spaces ${user}`, () => {
        const keys = subjectsOf(user).map(subjectKey);
        const found = keys.flatMap((key) => [...states('member', key), ...states('grant', key)]);
        return new Set(found.map(({ space }) => space));
      }),
    inSpace: (kind, space) => states(kind, space),
    placement: (space, region) => find('placement', placementKey(space, region))?.placement ?? 'full',
    regions: () => remembered('regions', () => directory.keys('region').flatMap((key) => find('region', key) ?? [])),
  };
}

const parse = <Kind extends DirectoryKind>(state: string | null): DirectoryState<Kind> | null =>
  state === null ? null : (JSON.parse(state) as DirectoryState<Kind>);

function rememberAnswers(directory: Pick<Directory, 'version'>) {
  let answers = new Map<string, unknown>();
  let version = -1;
  return <Answer>(question: string, ask: () => Answer): Answer => {
    if (version !== directory.version() || answers.size >= rememberedMax) {
      answers = new Map();
      version = directory.version();
    }
    const known = answers.get(question);
    if (known !== undefined) return known as Answer;
    const answer = ask();
    answers.set(question, answer);
    return answer;
  };
}

/** By what else a record is looked up here than by its key. */
const terms: { readonly [Kind in DirectoryKind]?: (state: DirectoryState<Kind>) => readonly string[] } = {
  group: ({ members }) => members,
  member: ({ space, subject }) => [space, subjectKey(subject)],
  grant: ({ space, subject }) => [space, subjectKey(subject), `${space}/${subjectKey(subject)}`],
  link: ({ space }) => [space],
  token: ({ secretHash }) => [secretHash],
};

/** As it is kept; null for what this version does not know, which then gives nobody any right. */
export function toDirectoryRow({ kind, key, state }: DirectoryRecord): DirectoryRow | null {
  if (!(kind in directoryStateSchemas)) return null;
  if (state === null) return { kind, key, state: null, terms: [] };
  const parsed = directoryStateSchemas[kind].safeParse(state);
  if (!parsed.success) return { kind, key, state: null, terms: [] };
  const termsOf = terms[kind] as ((state: unknown) => readonly string[]) | undefined;
  return { kind, key, state: JSON.stringify(parsed.data), terms: termsOf?.(parsed.data) ?? [] };
}

import { type DirectoryKind, type DirectoryState, directoryStateSchemas, memberKey, placementKey, subjectKey } from '@jzse/api';
import type { DirectoryChange } from '@jzse/db/hub';

type Place = Pick<DirectoryChange, 'key' | 'space' | 'person' | 'terms'>;
type States = { readonly [Kind in DirectoryKind]: DirectoryState<Kind> };

const nowhere = { space: null, person: null, terms: [] } as const;
const ofPerson = (person: string) => ({ space: null, person, terms: [`user/${person}`] });

/** How each kind of record is found, and whom and which space it is about. */
const places: { readonly [Kind in DirectoryKind]: (state: States[Kind]) => Place } = {
  user: ({ user, isAdmin }) => ({ key: user, space: null, person: user, terms: isAdmin ? ['admin'] : [] }),
  group: ({ group, members }) => ({ ...nowhere, key: group, terms: members.map((user) => `user/${user}`) }),
  member: ({ space, subject }) => ({ key: memberKey(space, subject), space, person: null, terms: [subjectKey(subject), `space/${space}`] }),
  grant: ({ id, space, entryId, subject }) => ({
    key: id,
    space,
    person: null,
    terms: [subjectKey(subject), `space/${space}`, `entry/${space}/${entryId}`],
  }),
  link: ({ id, space }) => ({ key: id, space, person: null, terms: [`space/${space}`] }),
  token: ({ id, user, secretHash }) => ({ ...ofPerson(user), key: id, terms: [`user/${user}`, `hash/${secretHash}`] }),
  session: ({ id, user }) => ({ ...ofPerson(user), key: id }),
  region: ({ region }) => ({ ...nowhere, key: region }),
  key: ({ id }) => ({ ...nowhere, key: id }),
  placement: ({ space, region }) => ({ key: placementKey(space, region), space, person: null, terms: [`region/${region}`] }),
  quota: ({ of }) =>
    of.type === 'space'
      ? { ...nowhere, key: `space/${of.space}`, space: of.space }
      : { ...nowhere, key: `user/${of.user}`, person: of.user },
};

const placeOf = <Kind extends DirectoryKind>(kind: Kind, state: DirectoryState<Kind>): Place =>
  (places[kind] as (state: DirectoryState<Kind>) => Place)(state);

/** The record becomes this. `was`: only if that is there now (null: nothing); left out: whatever is. */
export function becomes<Kind extends DirectoryKind>(
  kind: Kind,
  state: DirectoryState<Kind>,
  was?: DirectoryState<Kind> | null,
): DirectoryChange {
  const checked = directoryStateSchemas[kind].parse(state) as object;
  return { kind, ...placeOf(kind, state), state: checked, ...(was === undefined ? {} : { was: was as object | null }) };
}

/** The record goes. */
export const goes = <Kind extends DirectoryKind>(kind: Kind, was: DirectoryState<Kind>): DirectoryChange => ({
  kind,
  ...placeOf(kind, was),
  state: null,
});

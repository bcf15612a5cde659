import { hash } from 'node:crypto';
import type { Effect, Entry, EntryId, TextHash, Version } from '@jzse/sync';
import { addTerms, aliasTerm, dotKey, entryTerm, rootId, spaceDigest, versionTerm } from '@jzse/sync';

const textHash: TextHash = (text) => BigInt(`0x${hash('sha256', text, 'hex')}`);

/** What effects make of an empty space, and its digest computed from all of it: what kept digests are compared with. */
export class TestTree {
  readonly entries = new Map<EntryId, Entry>();
  readonly aliases = new Map<EntryId, EntryId>();
  readonly versions = new Map<string, { readonly entryId: EntryId; readonly version: Version }>();

  apply(effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.type === 'entry') this.entries.set(effect.entry.id, effect.entry);
      else if (effect.type === 'alias') this.aliases.set(effect.from, effect.to);
      else if (effect.type === 'version') this.versions.set(dotKey(effect.version.dot), effect);
      else if (effect.type === 'forget-version') this.versions.delete(dotKey(effect.dot));
      else if (effect.type === 'forget-entry') {
        this.entries.delete(effect.entryId);
        for (const [from, to] of this.aliases) if (to === effect.entryId) this.aliases.delete(from);
      }
    }
  }

  childSum(folder: EntryId): bigint {
    let sum = 0n;
    for (const entry of this.entries.values()) if (entry.parentId === folder) sum = addTerms(sum, this.term(entry));
    return sum;
  }

  term(entry: Entry): bigint {
    return entryTerm(entry, entry.kind === 'folder' ? this.childSum(entry.id) : 0n, textHash);
  }

  digest(): string {
    let [aliases, versions] = [0n, 0n];
    for (const [from, to] of this.aliases) aliases = addTerms(aliases, aliasTerm(from, to, textHash));
    for (const { entryId, version } of this.versions.values()) versions = addTerms(versions, versionTerm(entryId, version, textHash));
    return spaceDigest({ root: this.childSum(rootId), aliases, versions }, textHash);
  }
}

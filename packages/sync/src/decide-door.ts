/** What one author's deletes, moves and rewrites touched within the window, and how many files the space has. */
export interface TouchedShare {
  readonly entries: number;
  readonly total: number;
}
/** As in the policy of a space. */
export interface DoorShare {
  readonly sharePercent: number;
  readonly entriesMin: number;
}

/** Whether so much was touched that nothing more goes out from this region until someone looked (SY14): more than the share, and at least the minimum. */
export const decideDoor = (touched: TouchedShare, limits: DoorShare): 'open' | 'closed' =>
  touched.entries >= limits.entriesMin && touched.entries * 100 > touched.total * limits.sharePercent ? 'closed' : 'open';

import type { ErrorCode } from '@jzse/api';

/** What people read when something went wrong: what it is, and what to do. */
export const errorTextsEn = {
  'invalid-input': 'The server did not understand this request. Reload the page and try again.',
  'invalid-name': 'This name cannot be used. Leave out / and \\ and control characters, and keep it under 255 bytes.',
  unauthenticated: 'You are signed out. Sign in again.',
  forbidden: 'You may not do this here.',
  'unknown-space': 'There is no such space. It may have been removed, or the address has a typing error.',
  'unknown-path': 'There is nothing at this place any more. It may have been moved, renamed or deleted.',
  'not-known-here-yet': 'This region does not know of it yet. It will appear as soon as the hub can be reached.',
  'unknown-version': 'This version does not exist any more.',
  'unknown-upload': 'The server has forgotten this upload. Upload the file again.',
  'upload-expired': 'This upload was left for too long. Upload the file again.',
  'already-exists': 'Something here already has this name. Choose another one.',
  'not-a-folder': 'A file stands where a folder is needed.',
  'is-a-folder': 'A folder stands where a file is needed.',
  'would-make-cycle': 'A folder cannot be moved into itself.',
  'offset-mismatch': 'The upload is out of step with the server. Try again: it continues where it stopped.',
  'epoch-mismatch': 'The hub was restored and this region is catching up. Try again in a moment.',
  'chunks-missing': 'Parts of the file are missing on the server. Upload it again.',
  'precondition-failed': 'Somebody changed it meanwhile. Look at the new version, then try again.',
  'tus-version': 'This page and the server speak different versions. Reload the page.',
  'too-large': 'This is too large for this server.',
  'unsupported-media-type': 'The server does not take this kind of data.',
  'range-not-satisfiable': 'The part asked for lies outside the file.',
  'upload-locked': 'The upload is busy in another tab. Close it there, or try again in a moment.',
  'length-mismatch': 'The file changed while it was being sent. Upload it again.',
  'checksum-mismatch': 'The data was damaged on the way. Try again.',
  'content-unavailable': 'No region that holds this file can be reached right now. Try again later.',
  'hub-unreachable': 'The hub cannot be reached. Your own files go on working; this needs the hub.',
  'not-ready': 'The server is starting. Try again in a moment.',
  'storage-full': 'The disk of this region is full. Nothing was half-written; free some room and try again.',
  internal: 'Something went wrong on the server. Try again; if it stays, tell whoever runs it.',
  unreachable: 'The server did not answer. Check your connection; the page keeps trying.',
} satisfies Record<ErrorCode, string>;

export type ErrorTexts = Readonly<Record<keyof typeof errorTextsEn, string>>;

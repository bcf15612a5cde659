import type { ReactNode } from 'react';
import { createContext, use, useEffect, useMemo, useRef, useState } from 'react';
import type { IncomingFile, Place } from './upload-file.ts';
import type { Uploads } from './uploads.ts';

interface UploadsAccess {
  /** Null until the engine is loaded. */
  readonly uploads: Uploads | null;
  readonly add: (files: readonly IncomingFile[], place: Place) => void;
  /** Tells where files go that are dropped on the panel. */
  readonly openPlace: (place: Place | null) => void;
}

const UploadsContext = createContext<UploadsAccess | null>(null);

/** Loads the upload engine beside the page, and hands it to everything below. */
export function UploadsProvider({ children }: { readonly children: ReactNode }) {
  const place = useRef<Place | null>(null);
  const started = useRef<Promise<Uploads> | null>(null);
  const [uploads, setUploads] = useState<Uploads | null>(null);
  const access = useMemo(() => {
    const start = () => {
      started.current ??= import('./uploads.ts').then(({ startUploads }) => startUploads(() => place.current));
      return started.current;
    };
    return {
      start,
      add: (files: readonly IncomingFile[], target: Place) => void start().then((engine) => engine.add(files, target)),
      openPlace: (opened: Place | null) => {
        place.current = opened;
      },
    };
  }, []);
  useEffect(() => void access.start().then(setUploads), [access]);
  const value = useMemo(() => ({ uploads, add: access.add, openPlace: access.openPlace }), [uploads, access]);
  return <UploadsContext value={value}>{children}</UploadsContext>;
}

export function useUploads(): UploadsAccess {
  const access = use(UploadsContext);
  if (access === null) throw new Error('useUploads outside of UploadsProvider');
  return access;
}

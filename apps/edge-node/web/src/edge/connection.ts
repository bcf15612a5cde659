import type { ConnectionState } from '@jzse/ui';
import { createContext, use, useSyncExternalStore } from 'react';

/** The watch of a space, as the page sees it. */
export type WatchState = 'idle' | 'connecting' | 'live' | 'lost';

/** What is known of the line to the edge, from the watch, from the last answer and from the browser. */
export interface Connection {
  readonly now: () => ConnectionState;
  readonly reportWatch: (state: WatchState) => void;
  /** Whether the edge answered when it was last asked. */
  readonly reportAnswer: (answered: boolean) => void;
  /** Returns the end of the subscription. */
  readonly onChange: (listener: () => void) => () => void;
}

export function createConnection(): Connection {
  let watch: WatchState = 'idle';
  let answered: boolean | null = null;
  let shown: ConnectionState = 'connecting';
  const listeners = new Set<() => void>();
  const update = () => {
    const next = decideState(watch, answered);
    if (next === shown) return;
    shown = next;
    for (const listener of listeners) listener();
  };
  window.addEventListener('online', update);
  window.addEventListener('offline', update);
  return {
    now: () => shown,
    reportWatch: (state) => {
      watch = state;
      update();
    },
    reportAnswer: (state) => {
      answered = state;
      update();
    },
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

function decideState(watch: WatchState, answered: boolean | null): ConnectionState {
  if (!navigator.onLine || answered === false) return 'offline';
  if (watch === 'live' || (watch === 'idle' && answered)) return 'live';
  return watch === 'lost' ? 'reconnecting' : 'connecting';
}

export const ConnectionContext = createContext<Connection | null>(null);

export function useConnection(): Connection {
  const connection = use(ConnectionContext);
  if (connection === null) throw new Error('useConnection outside of ConnectionContext');
  return connection;
}

export function useConnectionState(): ConnectionState {
  const { onChange, now } = useConnection();
  return useSyncExternalStore(onChange, now);
}

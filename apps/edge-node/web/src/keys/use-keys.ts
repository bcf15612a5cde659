import { useEffect, useRef } from 'react';

/** In lower case: `f2`, `delete`, `?`, `mod+u` (Ctrl, or ⌘ on a Mac). */
export type KeyMap = Readonly<Record<string, () => void>>;

/** Keys that work anywhere on the page, except while one types or a dialog is open. */
export function useKeys(keys: KeyMap): void {
  const latest = useRef(keys);
  useEffect(() => {
    latest.current = keys;
  });
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.altKey || isTyping(event.target) || belongsElsewhere(event.target)) return;
      const action = latest.current[`${event.ctrlKey || event.metaKey ? 'mod+' : ''}${event.key.toLowerCase()}`];
      if (action === undefined) return;
      event.preventDefault();
      action();
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, []);
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(input|textarea|select)$/i.test(target.tagName));
}

/** A dialog that is open, or the menu that has the focus, has the keys for itself. */
function belongsElsewhere(target: EventTarget | null): boolean {
  const isInMenu = target instanceof Element && target.closest('[role="menu"]') !== null;
  return isInMenu || document.querySelector('[aria-modal="true"]') !== null;
}

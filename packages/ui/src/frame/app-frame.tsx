import type { ReactNode } from 'react';
import { useUiText } from '../text/ui-text.ts';
import classes from './app-frame.module.css';

export interface AppFrameProps {
  readonly brand: ReactNode;
  readonly tools: ReactNode;
  /** What concerns the whole page now: offline, interrupted uploads. */
  readonly notice: ReactNode;
  readonly footer: ReactNode;
  readonly children: ReactNode;
}

/** The frame around every page: brand and tools above, one notice, the content, the state of the server below. */
export function AppFrame({ brand, tools, notice, footer, children }: AppFrameProps) {
  const { say } = useUiText();
  return (
    <div className={classes['frame']}>
      <header className={classes['header']}>
        <a className={classes['skip']} href="#content">
          {say('frame.skip')}
        </a>
        <div className={classes['brand']}>{brand}</div>
        <div className={classes['tools']}>{tools}</div>
      </header>
      <div>{notice}</div>
      <main id="content" className={classes['main']} tabIndex={-1}>
        {children}
      </main>
      <footer className={classes['footer']}>{footer}</footer>
    </div>
  );
}

import type { ReactNode } from 'react';
import classes from './notice-bar.module.css';

export interface NoticeBarProps {
  readonly tone: 'info' | 'warn';
  readonly icon: ReactNode;
  readonly children: ReactNode;
  readonly action?: ReactNode;
}

/** One line over the content about the page as a whole. */
export function NoticeBar({ tone, icon, children, action }: NoticeBarProps) {
  return (
    <div className={classes['bar']} data-tone={tone} role="status">
      <span className={classes['icon']} aria-hidden>
        {icon}
      </span>
      <span className={classes['text']}>{children}</span>
      {action !== undefined && <span className={classes['action']}>{action}</span>}
    </div>
  );
}

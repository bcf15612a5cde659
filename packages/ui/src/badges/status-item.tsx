import { Tooltip } from '@mantine/core';
import type { ReactNode } from 'react';
import classes from './badges.module.css';

export interface StatusItemProps {
  readonly tone: 'good' | 'warn' | 'bad' | 'plain';
  /** What it means, for the pointer that rests on it. */
  readonly hint: string;
  /** Stands at the end of the line. */
  readonly isLast?: boolean;
  readonly children: ReactNode;
}

/** One fact of a server's state: a dot, and a few words. */
export function StatusItem({ tone, hint, isLast = false, children }: StatusItemProps) {
  return (
    <Tooltip label={hint} position="top">
      <span className={classes['status']} data-last={isLast}>
        {tone !== 'plain' && <span className={classes['dot']} data-tone={tone} aria-hidden />}
        {children}
      </span>
    </Tooltip>
  );
}

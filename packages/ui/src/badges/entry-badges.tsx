import { Tooltip } from '@mantine/core';
import { IconCircleCheck, IconClock, IconCloudDown, IconGitFork } from '@tabler/icons-react';
import { useUiText } from '../text/ui-text.ts';
import classes from './badges.module.css';

/** Whether this region has the bytes, or fetches them when somebody opens the file. */
export function HeldBadge({ held }: { readonly held: boolean }) {
  const { say } = useUiText();
  const Icon = held ? IconCircleCheck : IconCloudDown;
  return (
    <Tooltip label={say(held ? 'badge.heldHint' : 'badge.demandHint')}>
      <span className={classes['mark']} data-tone={held ? 'good' : 'plain'} data-held={held}>
        <Icon size={15} stroke={1.8} aria-hidden />
        {say(held ? 'badge.held' : 'badge.demand')}
      </span>
    </Tooltip>
  );
}

/** The hub has not ordered it yet: only this region knows of it. */
export function UnconfirmedMark() {
  const { say } = useUiText();
  return (
    <Tooltip label={say('badge.unconfirmedHint')}>
      <span className={classes['mark']} data-tone="warn" role="img" aria-label={say('badge.unconfirmed')}>
        <IconClock size={15} stroke={1.8} aria-hidden />
      </span>
    </Tooltip>
  );
}

/** Several heads: people changed the file in several places at once. */
export function ConflictBadge({ siblings }: { readonly siblings: number }) {
  const { say } = useUiText();
  return (
    <Tooltip label={say('badge.conflictHint')}>
      <span className={`${classes['mark']} ${classes['conflict']}`} data-tone="warn">
        <IconGitFork size={13} stroke={2} aria-hidden />
        {say('badge.conflict', { count: siblings })}
      </span>
    </Tooltip>
  );
}

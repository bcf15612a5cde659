import { Button, Text, Title } from '@mantine/core';
import { IconAlertTriangle, IconRefresh } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useUiText } from '../text/ui-text.ts';
import classes from './state-panel.module.css';

export interface EmptyStateProps {
  readonly icon: ReactNode;
  readonly title: string;
  readonly hint: string;
  readonly action?: ReactNode;
}

/** Nothing is here, why that is fine, and what one can do. */
export function EmptyState({ icon, title, hint, action }: EmptyStateProps) {
  return (
    <div className={classes['panel']}>
      <div className={classes['icon']} aria-hidden>
        {icon}
      </div>
      <Title order={2} size="h4">
        {title}
      </Title>
      <Text className={classes['text'] ?? ''} size="sm">
        {hint}
      </Text>
      {action}
    </div>
  );
}

export interface ErrorStateProps {
  readonly title: string;
  readonly text: string;
  /** The code, and what the server said: for whoever is asked for help. */
  readonly detail: string;
  readonly onRetry?: (() => void) | undefined;
  readonly action?: ReactNode;
}

/** Something failed: what, what to do, and a button to try again. */
export function ErrorState({ title, text, detail, onRetry, action }: ErrorStateProps) {
  const { say } = useUiText();
  return (
    <div className={classes['panel']} role="alert">
      <div className={classes['icon']} data-tone="bad" aria-hidden>
        <IconAlertTriangle size={34} stroke={1.6} />
      </div>
      <Title order={2} size="h4">
        {title}
      </Title>
      <Text className={classes['text'] ?? ''} size="sm">
        {text}
      </Text>
      {onRetry !== undefined && (
        <Button variant="light" leftSection={<IconRefresh size={16} />} onClick={onRetry}>
          {say('state.retry')}
        </Button>
      )}
      {action}
      <span className={classes['detail']}>{detail}</span>
    </div>
  );
}

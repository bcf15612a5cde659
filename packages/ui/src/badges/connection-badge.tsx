import { useUiText } from '../text/ui-text.ts';
import classes from './badges.module.css';

export type ConnectionState = 'connecting' | 'live' | 'reconnecting' | 'offline';

/** Whether changes arrive by themselves. */
export function ConnectionBadge({ state }: { readonly state: ConnectionState }) {
  const { say } = useUiText();
  return (
    <span className={classes['status']} role="status" data-connection={state}>
      <span className={classes['dot']} data-tone={state} aria-hidden />
      {say(`connection.${state}`)}
    </span>
  );
}

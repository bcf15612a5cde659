import { ConnectionBadge, formatBytes, formatCount, StatusItem } from '@jzse/ui';
import { useConnectionState } from '../edge/connection.ts';
import { usePageText } from '../text/page-text.ts';
import { useStatus } from './use-status.ts';

/** How this region is, in one line: the line to it, its hub, what waits to be sent, what is being fetched. */
export function StatusFooter() {
  const { say, language } = usePageText();
  const connection = useConnectionState();
  const { data: status } = useStatus();
  // What the region said last is not how it is now.
  if (status === undefined || connection === 'offline') return <ConnectionBadge state={connection} />;
  const outbox = status.spaces.reduce((sum, space) => sum + space.outbox, 0);
  const { hub, pendingTransfers: transfers } = status;
  return (
    <>
      <ConnectionBadge state={connection} />
      <StatusItem tone={hub.reachable ? 'good' : 'warn'} hint={say(hub.reachable ? 'status.hubReachableHint' : 'status.hubAwayHint')}>
        {say(hub.reachable ? 'status.hubReachable' : 'status.hubAway')}
      </StatusItem>
      {outbox > 0 && (
        <StatusItem tone="plain" hint={say('status.outboxHint')}>
          {say('status.outbox', { count: outbox, shown: formatCount(outbox, language) })}
        </StatusItem>
      )}
      {transfers > 0 && (
        <StatusItem tone="plain" hint={say('status.transfersHint')}>
          {say('status.transfers', { count: transfers })}
        </StatusItem>
      )}
      <StatusItem tone="plain" hint={say('status.freeHint')} isLast>
        {say('status.free', { size: formatBytes(status.diskFreeBytes, language) })}
      </StatusItem>
    </>
  );
}

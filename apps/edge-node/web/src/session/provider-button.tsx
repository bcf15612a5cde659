import { Button } from '@mantine/core';
import { IconExternalLink } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { edge } from '../edge/edge-client.ts';
import { queryKeys } from '../edge/query-keys.ts';
import { usePageText } from '../text/page-text.ts';

/** Where the hub knows an identity provider and can be reached: a link, since it leads away from this page. */
export function ProviderButton() {
  const { say } = usePageText();
  const { data } = useQuery({
    queryKey: queryKeys.provider,
    queryFn: ({ signal }) => edge.accounts.oidc.query(undefined, { signal }),
    retry: false,
  });
  if (data === undefined || data === null) return null;
  return (
    <Button component="a" href="/oidc/start" variant="default" fullWidth mt={4} leftSection={<IconExternalLink size={16} aria-hidden />}>
      {say('signIn.provider', { provider: data.provider })}
    </Button>
  );
}

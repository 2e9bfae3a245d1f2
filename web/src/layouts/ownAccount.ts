import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { accountQuery } from '@/api/account';
import { usePreferences } from '@/shared/preferences/PreferencesProvider';

/** Lets the account's saved choices win over what this browser remembered. */
export function useOwnAccount(): void {
  const { change } = usePreferences();
  const { data } = useQuery(accountQuery);
  useEffect(() => {
    if (data) change(data.user.preferences);
  }, [data, change]);
}

import { QueryClient } from '@tanstack/react-query';
import { isProblem } from '@/api/problem';

/** Answers stay fresh through the event stream; the interval is the safety net for when it is down. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      refetchOnWindowFocus: true,
      retry: (count, error) => count < 2 && isProblem(error) && (error.unreachable || error.status >= 500),
    },
  },
});

import '@fontsource-variable/inter/wght.css';
import '@fontsource-variable/jetbrains-mono/wght.css';
import '@fontsource/ibm-plex-sans-arabic/arabic-400.css';
import '@fontsource/ibm-plex-sans-arabic/arabic-600.css';
import '@/ui/mantine.css';
import '@/ui/base.css';
import { DirectionProvider, MantineProvider } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { setRequestLanguage, setSignedOutHandler } from '@/api/http';
import { sessionQuery } from '@/api/session';
import { i18n, startTranslation } from '@/i18n';
import { PreferencesProvider } from '@/shared/preferences/PreferencesProvider';
import { directionOf, loadPreferences } from '@/shared/preferences/preferences';
import { printInLight } from '@/ui/paper';
import { Toasts } from '@/ui/Toasts';
import { cssVariablesResolver, theme } from '@/ui/theme';
import { queryClient } from './queryClient';
import { router } from './routes';

const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? '';
// The scroll lock behind dialogs writes its own style element and looks for the nonce under this name.
Object.assign(globalThis, { __webpack_nonce__: nonce });

setSignedOutHandler(() => {
  const session = queryClient.getQueryData(sessionQuery.queryKey);
  if (!session?.user) return;
  queryClient.clear();
  const { href } = router.state.location;
  void router.navigate({ to: '/sign-in', search: { next: href, ended: true } });
});

async function start(): Promise<void> {
  const { language } = loadPreferences();
  await startTranslation(language);
  setRequestLanguage(language);
  i18n.on('languageChanged', (tag) => {
    setRequestLanguage(tag);
    // Some answers carry words in the request's language.
    void queryClient.invalidateQueries();
  });
  document.documentElement.lang = language;
  document.documentElement.dir = directionOf(language);
  printInLight();
  const root = document.getElementById('root');
  if (!root) return;
  createRoot(root).render(
    <StrictMode>
      <DirectionProvider initialDirection={directionOf(language)}>
        <MantineProvider
          theme={theme}
          cssVariablesResolver={cssVariablesResolver}
          defaultColorScheme="auto"
          getStyleNonce={() => nonce}
        >
          <QueryClientProvider client={queryClient}>
            <PreferencesProvider>
              <Toasts />
              <RouterProvider router={router} />
            </PreferencesProvider>
          </QueryClientProvider>
        </MantineProvider>
      </DirectionProvider>
    </StrictMode>,
  );
}

void start();

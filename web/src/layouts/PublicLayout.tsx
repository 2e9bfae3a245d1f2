import { Box, Center, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { type ReactNode, useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { Logo } from '@/ui/Logo';
import { LanguageMenu, ThemeMenu } from './HeaderMenus';

/** Frame of the pages before anybody is known. */
export function PublicLayout({ title, children }: { title: string; children: ReactNode }) {
  const { t } = useTranslation();
  useEffect(() => {
    document.title = `${title} · Orloj`;
  }, [title]);
  return (
    <Box mih="100vh" bg="var(--o-canvas)">
      <Group justify="flex-end" p="sm" component="nav" aria-label={t('settings.appearance')}>
        <LanguageMenu anonymous />
        <ThemeMenu anonymous />
      </Group>
      <Center component="main" px="md" pb="xl" mih="70vh">
        <Stack w="100%" maw={400} gap="lg">
          <Stack align="center" gap={4}>
            <Logo size={64} />
            <Text fz={26} fw={650}>
              {t('app.name')}
            </Text>
            <Text c="dimmed" ta="center">
              {t('app.tagline')}
            </Text>
          </Stack>
          <Paper p="lg">
            <Title order={1} fz="lg" mb="md">
              {title}
            </Title>
            {children}
          </Paper>
        </Stack>
      </Center>
    </Box>
  );
}

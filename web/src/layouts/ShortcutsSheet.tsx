import { Group, Kbd, Modal, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { NavEntry } from './nav';

function Keys({ keys }: { keys: string[] }) {
  const { t } = useTranslation();
  return (
    <Group gap={4} wrap="nowrap" dir="ltr">
      {keys.map((key, index) => (
        <Group key={key + index} gap={4} wrap="nowrap">
          {index > 0 && keys[0] === 'g' ? (
            <Text fz="xs" c="dimmed">
              {t('keys.after')}
            </Text>
          ) : null}
          <Kbd size="sm">{key}</Kbd>
        </Group>
      ))}
    </Group>
  );
}

export default function ShortcutsSheet({
  opened,
  onClose,
  entries,
}: {
  opened: boolean;
  onClose(): void;
  entries: NavEntry[];
}) {
  const { t } = useTranslation();
  const groups: [string, [string, string[]][]][] = [
    [
      t('keys.general'),
      [
        [t('keys.help'), ['?']],
        [t('keys.palette'), ['Ctrl', 'K']],
        [t('keys.search'), ['/']],
        [t('keys.newJob'), ['n']],
        [t('keys.theme'), ['t']],
      ],
    ],
    [
      t('keys.lists'),
      [
        [t('keys.next'), ['j']],
        [t('keys.previous'), ['k']],
        [t('keys.open'), ['Enter']],
        [t('keys.select'), ['x']],
      ],
    ],
    [t('keys.go'), entries.map((entry) => [t(`nav.${entry.key}`), ['g', entry.letter]])],
  ];
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      size="lg"
      title={<Text fw={600}>{t('keys.title')}</Text>}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="xl">
        {groups.map(([title, rows]) => (
          <Stack key={title} gap={6}>
            <Title order={3}>{title}</Title>
            {rows.map(([label, keys]) => (
              <Group key={label} justify="space-between" wrap="nowrap">
                <Text>{label}</Text>
                <Keys keys={keys} />
              </Group>
            ))}
          </Stack>
        ))}
      </SimpleGrid>
    </Modal>
  );
}

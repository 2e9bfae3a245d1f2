import { Badge, Box, Chip, Group, SimpleGrid, Text, TextInput, UnstyledButton } from '@mantine/core';
import { IconCheck, IconLock, IconSearch } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useTaskFunctions } from '@/api/catalogue';
import type { TaskFunction } from '@/api/model';
import { useLocalized } from '@/shared/format/useFormat';
import { Section } from '@/ui/Page';
import { EmptyState, ErrorState, LoadingState } from '@/ui/states';
import { TaskIcon } from '@/ui/TaskIcon';
import classes from './editor.module.css';

/** The catalogue as cards. */
export function TaskStep({ value, onChange }: { value: string | null; onChange(task: TaskFunction): void }) {
  const { t } = useTranslation();
  const localized = useLocalized();
  const tasks = useTaskFunctions();
  const [text, setText] = useState('');
  const [category, setCategory] = useState('');
  if (tasks.query.isPending) return <LoadingState />;
  if (tasks.query.error) return <ErrorState error={tasks.query.error} onRetry={() => void tasks.query.refetch()} />;

  const categories = [
    ...new Map(
      tasks.list.map((task) => [task.category, localized({ en: task.categoryNameEn, ar: task.categoryNameAr })]),
    ),
  ];
  const wanted = text.trim().toLocaleLowerCase();
  const shown = tasks.list.filter(
    (task) =>
      task.isActive &&
      (category === '' || task.category === category) &&
      [task.key, task.nameEn, task.nameAr, task.descriptionEn, task.descriptionAr].some((word) =>
        word.toLocaleLowerCase().includes(wanted),
      ),
  );
  return (
    <Section>
      <Group gap="sm" mb="md">
        <TextInput
          flex={1}
          miw={200}
          leftSection={<IconSearch size={16} />}
          placeholder={t('editor.findTask')}
          aria-label={t('editor.findTask')}
          data-page-search
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <Chip.Group multiple={false} value={category} onChange={(value) => setCategory(String(value))}>
          <Group gap={6} role="group" aria-label={t('tasks.category')}>
            <Chip value="" size="xs" variant="light">
              {t('word.all')}
            </Chip>
            {categories.map(([key, name]) => (
              <Chip key={key} value={key} size="xs" variant="light">
                {name}
              </Chip>
            ))}
          </Group>
        </Chip.Group>
      </Group>
      {shown.length === 0 ? <EmptyState title={t('palette.empty')} /> : null}
      <SimpleGrid cols={{ base: 1, xs: 2, md: 3, xl: 4 }} spacing="sm">
        {shown.map((task) => (
          <UnstyledButton
            key={task.key}
            className={classes.card ?? ''}
            data-selected={task.key === value || undefined}
            aria-pressed={task.key === value}
            disabled={!task.isAllowed}
            onClick={() => onChange(task)}
          >
            <Group gap="sm" wrap="nowrap" align="flex-start">
              <span className={classes.icon}>
                <TaskIcon name={task.icon} size={20} />
              </span>
              <Box miw={0} flex={1}>
                <Group gap={6} justify="space-between" wrap="nowrap">
                  <Text fw={600}>{localized({ en: task.nameEn, ar: task.nameAr })}</Text>
                  {task.key === value ? <IconCheck size={18} /> : null}
                </Group>
                <Text fz="sm" c="dimmed" lineClamp={3}>
                  {localized({ en: task.descriptionEn, ar: task.descriptionAr })}
                </Text>
                {task.isAllowed ? null : (
                  <Badge mt={6} size="sm" variant="light" color="gray" leftSection={<IconLock size={11} />}>
                    {t('tasks.needsGrant')}
                  </Badge>
                )}
              </Box>
            </Group>
          </UnstyledButton>
        ))}
      </SimpleGrid>
    </Section>
  );
}

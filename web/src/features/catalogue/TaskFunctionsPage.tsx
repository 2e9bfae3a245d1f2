import {
  Badge,
  Box,
  Chip,
  Code,
  Drawer,
  Group,
  SimpleGrid,
  Stack,
  Table,
  Text,
  TextInput,
  Title,
  UnstyledButton,
} from '@mantine/core';
import { IconLock, IconSearch } from '@tabler/icons-react';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useTaskFunctions } from '@/api/catalogue';
import type { TaskFunction } from '@/api/model';
import { useCanWrite } from '@/api/session';
import { paths } from '@/paths';
import type { taskFunctionsSearch } from '@/searches';
import { useLocalized } from '@/shared/format/useFormat';
import { readSchema } from '@/shared/schema-form/model';
import { CopyButton } from '@/ui/CopyButton';
import { Ltr } from '@/ui/Ltr';
import { LinkButton } from '@/ui/links';
import { PageHeader, Section } from '@/ui/Page';
import { EmptyState, ErrorState, LoadingState } from '@/ui/states';
import { TaskIcon } from '@/ui/TaskIcon';
import classes from './catalogue.module.css';

/** What can be scheduled, with the parameters of each. */
export default function TaskFunctionsPage() {
  const { t } = useTranslation();
  const localized = useLocalized();
  const navigate = useNavigate();
  const tasks = useTaskFunctions();
  const search = useSearch({ from: '/app/task-functions' });
  const go = (patch: Record<string, unknown>) =>
    void navigate({
      to: paths.taskFunctions,
      search: { ...search, ...patch } as ReturnType<typeof taskFunctionsSearch>,
      replace: true,
    });
  if (tasks.query.error) return <ErrorState error={tasks.query.error} onRetry={() => void tasks.query.refetch()} />;
  if (tasks.query.isPending) return <LoadingState />;
  const categories = [
    ...new Map(
      tasks.list.map((task) => [task.category, localized({ en: task.categoryNameEn, ar: task.categoryNameAr })]),
    ),
  ];
  const wanted = (search.q ?? '').toLocaleLowerCase();
  const shown = tasks.list.filter(
    (task) =>
      (!search.category || task.category === search.category) &&
      [task.key, task.nameEn, task.nameAr, task.descriptionEn, task.descriptionAr].some((word) =>
        word.toLocaleLowerCase().includes(wanted),
      ),
  );
  const open = search.key ? tasks.find(search.key) : undefined;
  return (
    <>
      <PageHeader title={t('nav.taskFunctions')} description={t('tasks.text')} />
      <Section>
        <Group gap="sm" mb="md">
          <TextInput
            flex={1}
            miw={200}
            leftSection={<IconSearch size={16} />}
            data-page-search
            placeholder={t('editor.findTask')}
            aria-label={t('editor.findTask')}
            defaultValue={search.q ?? ''}
            onChange={(event) => go({ q: event.currentTarget.value || undefined })}
          />
          <Chip.Group
            multiple={false}
            value={search.category ?? ''}
            onChange={(category) => go({ category: category || undefined })}
          >
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
        <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }} spacing="sm">
          {shown.map((task) => (
            <UnstyledButton
              key={task.key}
              className={classes.card ?? ''}
              onClick={() => go({ key: task.key })}
              data-row-link
            >
              <Group gap="sm" wrap="nowrap" align="flex-start">
                <span className={classes.icon}>
                  <TaskIcon name={task.icon} size={20} />
                </span>
                <Box miw={0}>
                  <Group gap={6}>
                    <Text fw={600}>{localized({ en: task.nameEn, ar: task.nameAr })}</Text>
                    {task.grant ? <IconLock size={14} role="img" aria-label={t('tasks.needsGrant')} /> : null}
                  </Group>
                  <Text fz="xs" c="dimmed">
                    <Ltr>{task.key}</Ltr>
                  </Text>
                  <Text fz="sm" c="dimmed" mt={4}>
                    {localized({ en: task.descriptionEn, ar: task.descriptionAr })}
                  </Text>
                </Box>
              </Group>
            </UnstyledButton>
          ))}
        </SimpleGrid>
      </Section>
      <Drawer
        opened={open !== undefined}
        onClose={() => go({ key: undefined })}
        position={document.documentElement.dir === 'rtl' ? 'left' : 'right'}
        size="lg"
        title={
          <Text fw={600} fz="lg">
            {open ? localized({ en: open.nameEn, ar: open.nameAr }) : ''}
          </Text>
        }
        closeButtonProps={{ 'aria-label': t('action.close') }}
      >
        {open ? <Details task={open} /> : null}
      </Drawer>
    </>
  );
}

function Details({ task }: { task: TaskFunction }) {
  const { t } = useTranslation();
  const localized = useLocalized();
  const canWrite = useCanWrite();
  const field = readSchema(task.schema);
  const example = JSON.stringify(task.example, null, 2);
  return (
    <Stack>
      <Text>{localized({ en: task.descriptionEn, ar: task.descriptionAr })}</Text>
      <Group gap="xs">
        <Badge variant="light" color="gray">
          {localized({ en: task.categoryNameEn, ar: task.categoryNameAr })}
        </Badge>
        <Badge variant="light" color="gray">
          {t(`options.deliveryChoice.${task.defaultDelivery}`)}
        </Badge>
        {task.grant ? (
          <Badge variant="light" color="gray" leftSection={<IconLock size={11} />}>
            {t('tasks.needsGrant')}
          </Badge>
        ) : null}
      </Group>
      {canWrite && task.isAllowed && task.isActive ? (
        <LinkButton to={paths.newJob} search={{ task: task.key }} variant="filled" w="fit-content">
          {t('tasks.use')}
        </LinkButton>
      ) : null}
      <Title order={3}>{t('editor.parameters')}</Title>
      {field.members.length === 0 ? (
        <Text c="dimmed">{t('form.noParameters')}</Text>
      ) : (
        <Table.ScrollContainer minWidth={280} type="native" tabIndex={0}>
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t('form.name')}</Table.Th>
                <Table.Th visibleFrom="xs">{t('tasks.type')}</Table.Th>
                <Table.Th>{t('tasks.meaning')}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {field.members.map((member) => (
                <Table.Tr key={member.name}>
                  <Table.Td>
                    <Text fw={500}>{localized(member.title)}</Text>
                    <Text fz="xs" c="dimmed">
                      <Ltr>{member.name}</Ltr>
                      {member.required ? ` · ${t('tasks.required')}` : ''}
                    </Text>
                    <Text fz="xs" c="dimmed" hiddenFrom="xs">
                      {t(`tasks.kind.${member.kind}`)}
                    </Text>
                  </Table.Td>
                  <Table.Td visibleFrom="xs">{t(`tasks.kind.${member.kind}`)}</Table.Td>
                  <Table.Td>
                    <Text fz="sm">{localized(member.help)}</Text>
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
      <Group justify="space-between">
        <Title order={3}>{t('tasks.example')}</Title>
        <CopyButton value={example} />
      </Group>
      <Code block dir="ltr" tabIndex={0}>
        {example}
      </Code>
    </Stack>
  );
}

import { Button, Group, List, Menu, Text, TextInput } from '@mantine/core';
import { IconChevronDown } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { jobFilterBody, useBulkJobs } from '@/api/jobs';
import type { BulkAction, BulkRequest } from '@/api/model';
import type { JobsSearch } from '@/searches';
import { useFormat } from '@/shared/format/useFormat';
import { Confirm } from '@/ui/confirm';
import { PauseDialog } from '@/ui/PauseDialog';
import { toastFailure, toastSuccess } from '@/ui/toast';

const plain = ['enable', 'disable', 'resume', 'run'] as const;

/** What can be done with the ticked jobs, or with every job the filter matches: the server finds those itself. */
export function BulkBar({
  ids,
  search,
  total,
  allMatching,
  onAllMatching,
  onClear,
}: {
  ids: number[];
  search: JobsSearch;
  total: number;
  allMatching: boolean;
  onAllMatching(value: boolean): void;
  onClear(): void;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const bulk = useBulkJobs();
  const [asking, setAsking] = useState<BulkAction | null>(null);
  const [tag, setTag] = useState('');
  const [refused, setRefused] = useState<{ id: number; reason: string }[]>([]);
  const count = allMatching ? total : ids.length;
  const target: Pick<BulkRequest, 'ids' | 'filter'> = allMatching ? { filter: jobFilterBody(search) } : { ids };

  const go = (action: BulkAction, more: Partial<BulkRequest> = {}) =>
    bulk.mutate(
      { action, ...target, ...more },
      {
        onSuccess: (answer) => {
          setAsking(null);
          toastSuccess(t('bulk.done', { count: answer.done.length, n: format.number(answer.done.length) }));
          setRefused(answer.refused);
          if (answer.refused.length === 0) onClear();
        },
        onError: toastFailure,
      },
    );

  return (
    <Group
      px="md"
      py="xs"
      gap="sm"
      style={{ background: 'var(--o-sunken)', borderBlockEnd: '1px solid var(--o-line)' }}
      role="region"
      aria-label={t('bulk.label')}
    >
      <Text fw={600}>{t('bulk.selected', { count, n: format.number(count) })}</Text>
      {!allMatching && total > ids.length ? (
        <Button size="compact-sm" variant="subtle" onClick={() => onAllMatching(true)}>
          {t('bulk.selectAll', { count: total, n: format.number(total) })}
        </Button>
      ) : null}
      <Button size="compact-sm" variant="subtle" color="gray" onClick={onClear}>
        {t('bulk.clear')}
      </Button>
      <Group gap={6} ms="auto">
        <Button size="xs" onClick={() => setAsking('enable')}>
          {t('jobs.action.enable')}
        </Button>
        <Button size="xs" onClick={() => setAsking('disable')}>
          {t('jobs.action.disable')}
        </Button>
        <Menu>
          <Menu.Target>
            <Button size="xs" rightSection={<IconChevronDown size={14} />}>
              {t('action.more')}
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item onClick={() => setAsking('run')}>{t('jobs.action.run')}</Menu.Item>
            <Menu.Item onClick={() => setAsking('pause')}>{t('jobs.action.pause')}</Menu.Item>
            <Menu.Item onClick={() => setAsking('resume')}>{t('jobs.action.resume')}</Menu.Item>
            <Menu.Item onClick={() => setAsking('tag')}>{t('bulk.tag')}</Menu.Item>
            <Menu.Item onClick={() => setAsking('untag')}>{t('bulk.untag')}</Menu.Item>
            <Menu.Divider />
            <Menu.Item color="red" onClick={() => setAsking('delete')}>
              {t('jobs.action.delete')}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </Group>
      {plain.map((action) => (
        <Confirm
          key={action}
          opened={asking === action}
          onClose={() => setAsking(null)}
          title={t(`jobs.action.${action}`)}
          confirmLabel={t(`jobs.action.${action}`)}
          loading={bulk.isPending}
          onConfirm={() => go(action)}
        >
          {t('bulk.ask', { count, n: format.number(count) })}
        </Confirm>
      ))}
      <Confirm
        opened={asking === 'delete'}
        onClose={() => setAsking(null)}
        title={t('jobs.deleteTitle')}
        confirmLabel={t('action.delete')}
        danger
        typed={String(count)}
        loading={bulk.isPending}
        onConfirm={() => go('delete')}
      >
        {t('bulk.askDelete', { count, n: format.number(count) })}
      </Confirm>
      <Confirm
        opened={asking === 'tag' || asking === 'untag'}
        onClose={() => setAsking(null)}
        title={asking === 'untag' ? t('bulk.untag') : t('bulk.tag')}
        confirmLabel={t('action.save')}
        loading={bulk.isPending}
        onConfirm={() => {
          if (tag.trim()) go(asking === 'untag' ? 'untag' : 'tag', { tag: tag.trim() });
        }}
      >
        <TextInput
          label={t('jobs.filter.tag')}
          value={tag}
          onChange={(event) => setTag(event.currentTarget.value)}
          data-autofocus
          required
        />
      </Confirm>
      <Confirm
        opened={refused.length > 0}
        onClose={() => setRefused([])}
        title={t('bulk.refusedTitle')}
        confirmLabel={t('action.close')}
        onConfirm={() => {
          setRefused([]);
          onClear();
        }}
      >
        <Text inherit mb="xs">
          {t('bulk.refused', { count: refused.length, n: format.number(refused.length) })}
        </Text>
        <List size="sm">
          {refused.slice(0, 8).map(({ id, reason }) => (
            <List.Item key={id}>
              <bdi dir="ltr">#{id}</bdi>: {reason}
            </List.Item>
          ))}
        </List>
      </Confirm>
      <PauseDialog
        opened={asking === 'pause'}
        onClose={() => setAsking(null)}
        loading={bulk.isPending}
        onPause={(until, reason) => go('pause', { ...(until ? { until } : {}), ...(reason ? { reason } : {}) })}
      />
    </Group>
  );
}

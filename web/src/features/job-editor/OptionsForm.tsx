import { Checkbox, Group, MultiSelect, NumberInput, Select, SimpleGrid, Stack, Switch } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { RetryCause } from '@/api/model';
import type { FieldProblem } from '@/api/problem';
import { useMe } from '@/api/session';
import { PolicyList } from '@/shared/notify/PolicyList';
import { Disclosure } from '@/ui/Disclosure';
import type { JobOptions } from './form';

const causes: RetryCause[] = ['failed', 'timeout', 'lost', 'exit_code', 'http_status', 'network'];

/** How a job runs, as opposed to when. */
export function OptionsForm({
  options,
  onChange,
  errors,
}: {
  options: JobOptions;
  onChange(options: JobOptions): void;
  errors: FieldProblem[];
}) {
  const { t } = useTranslation();
  const me = useMe();
  const set = (patch: Partial<JobOptions>) => onChange({ ...options, ...patch });
  const retry = (patch: Partial<JobOptions['retry']>) => set({ retry: { ...options.retry, ...patch } });
  const at = (pointer: string) => errors.find((error) => error.pointer === pointer)?.detail;
  const optional = (name: 'timeoutSeconds' | 'totalTimeoutSeconds' | 'retentionDays', max: number) => (
    <NumberInput
      label={t(`options.${name}`)}
      description={t(`options.${name}Help`)}
      placeholder={t('word.unlimited')}
      min={1}
      max={max}
      allowDecimal={false}
      value={options[name] ?? ''}
      error={at(`/${name}`)}
      onChange={(value) => set({ [name]: value === '' ? null : Number(value) })}
    />
  );
  return (
    <Stack>
      <Group gap="xl">
        <Switch
          label={t('options.isEnabled')}
          checked={options.isEnabled}
          onChange={(event) => set({ isEnabled: event.currentTarget.checked })}
        />
        {me.role === 'admin' ? (
          <Switch
            label={t('options.isPrimary')}
            checked={options.isPrimary}
            onChange={(event) => set({ isPrimary: event.currentTarget.checked })}
          />
        ) : null}
      </Group>
      <Disclosure title={t('options.running')}>
        <SimpleGrid cols={{ base: 1, sm: 2 }}>
          <NumberInput
            label={t('options.priority')}
            description={t('options.priorityHelp')}
            allowDecimal={false}
            value={options.priority}
            error={at('/priority')}
            onChange={(value) => set({ priority: Number(value) || 0 })}
          />
          <NumberInput
            label={t('options.maxInstances')}
            description={t('options.maxInstancesHelp')}
            min={1}
            max={10}
            allowDecimal={false}
            value={options.maxInstances}
            error={at('/maxInstances')}
            onChange={(value) => set({ maxInstances: Number(value) || 1 })}
          />
          <Select
            label={t('options.overlap')}
            description={t('options.overlapHelp')}
            data={(['skip', 'queue', 'cancel_running'] as const).map((value) => ({
              value,
              label: t(`options.overlapChoice.${value}`),
            }))}
            value={options.overlap}
            onChange={(value) => set({ overlap: value as JobOptions['overlap'] })}
          />
          <Select
            label={t('options.delivery')}
            description={t('options.deliveryHelp')}
            data={(['at_most_once', 'at_least_once'] as const).map((value) => ({
              value,
              label: t(`options.deliveryChoice.${value}`),
            }))}
            value={options.delivery ?? 'at_most_once'}
            onChange={(value) => set({ delivery: value as JobOptions['delivery'] })}
          />
          {optional('timeoutSeconds', 31_536_000)}
          {optional('totalTimeoutSeconds', 31_536_000)}
        </SimpleGrid>
      </Disclosure>
      <Disclosure title={t('options.late')}>
        <Stack>
          <NumberInput
            label={t('options.misfire')}
            description={t('options.misfireHelp')}
            maw={320}
            min={1}
            allowDecimal={false}
            disabled={options.misfireGraceTime === null}
            value={options.misfireGraceTime ?? ''}
            error={at('/misfireGraceTime')}
            onChange={(value) => set({ misfireGraceTime: Number(value) || 1 })}
          />
          <Checkbox
            label={t('options.anyLateness')}
            checked={options.misfireGraceTime === null}
            onChange={(event) => set({ misfireGraceTime: event.currentTarget.checked ? null : 60 })}
          />
          <Checkbox
            label={t('options.coalesce')}
            description={t('options.coalesceHelp')}
            checked={options.coalesce}
            onChange={(event) => set({ coalesce: event.currentTarget.checked })}
          />
        </Stack>
      </Disclosure>
      <Disclosure title={t('options.retries')}>
        <SimpleGrid cols={{ base: 1, sm: 2 }}>
          <NumberInput
            label={t('options.maxAttempts')}
            description={t('options.maxAttemptsHelp')}
            min={1}
            max={100}
            allowDecimal={false}
            value={options.retry.maxAttempts}
            error={at('/retryPolicy/maxAttempts')}
            onChange={(value) => retry({ maxAttempts: Number(value) || 1 })}
          />
          {options.retry.maxAttempts > 1 ? (
            <>
              <NumberInput
                label={t('options.retryDelay')}
                min={0}
                value={options.retry.delaySeconds}
                error={at('/retryPolicy/delaySeconds')}
                onChange={(value) => retry({ delaySeconds: Number(value) || 0 })}
              />
              <Select
                label={t('options.backoff')}
                data={(['fixed', 'linear', 'exponential'] as const).map((value) => ({
                  value,
                  label: t(`options.backoffChoice.${value}`),
                }))}
                value={options.retry.backoff}
                onChange={(value) => retry({ backoff: value as 'fixed' })}
              />
              {options.retry.backoff !== 'fixed' ? (
                <NumberInput
                  label={t('options.maxDelay')}
                  min={1}
                  value={options.retry.maxDelaySeconds}
                  error={at('/retryPolicy/maxDelaySeconds')}
                  onChange={(value) => retry({ maxDelaySeconds: Number(value) || 1 })}
                />
              ) : null}
              <NumberInput
                label={t('options.jitter')}
                description={t('options.jitterHelp')}
                min={0}
                max={100}
                suffix="%"
                value={Math.round(options.retry.jitter * 100)}
                onChange={(value) => retry({ jitter: Math.min(1, Math.max(0, (Number(value) || 0) / 100)) })}
              />
              <MultiSelect
                label={t('options.retryOn')}
                placeholder={options.retry.on.length === 0 ? t('options.anyFailure') : ''}
                data={causes.map((value) => ({ value, label: t(`options.cause.${value}`) }))}
                value={options.retry.on}
                onChange={(value) => retry({ on: value as RetryCause[] })}
              />
            </>
          ) : null}
        </SimpleGrid>
      </Disclosure>
      <Disclosure
        title={t('notify.own')}
        {...(options.notifications.length > 0 ? { summary: String(options.notifications.length) } : {})}
        initiallyOpen={errors.some(({ pointer }) => pointer.startsWith('/notifications'))}
      >
        <PolicyList
          value={options.notifications}
          onChange={(notifications) => set({ notifications })}
          errors={errors}
        />
      </Disclosure>
      <Disclosure title={t('options.history')}>{optional('retentionDays', 36_500)}</Disclosure>
    </Stack>
  );
}

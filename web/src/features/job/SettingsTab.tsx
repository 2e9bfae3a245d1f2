import { Box, Stack, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { calendarsQuery } from '@/api/calendars';
import type { Job } from '@/api/model';
import { paths } from '@/paths';
import { useFormat, useLocalized } from '@/shared/format/useFormat';
import { Time } from '@/shared/time/Time';
import { isLimited } from '@/shared/timing/rules';
import { Ltr } from '@/ui/Ltr';
import { LinkAnchor } from '@/ui/links';
import { Facts } from '@/ui/Page';
import { ParameterList } from '@/ui/ParameterList';

/** Calendars and windows, each on its line. */
function TimingFacts({ job }: { job: Job }) {
  const { t } = useTranslation();
  const format = useFormat();
  const localized = useLocalized();
  const calendars = useQuery({ ...calendarsQuery, enabled: job.calendars.length > 0 });
  if (!isLimited(job)) return t('word.none');
  return (
    <Stack gap={2}>
      {job.calendars.map(({ calendarId, rule }) => {
        const calendar = calendars.data?.items.find(({ id }) => id === calendarId);
        return (
          <span key={calendarId}>
            {calendar ? (
              <LinkAnchor to={paths.businessCalendar} params={{ calendarId: String(calendarId) }} search={{}}>
                <bdi>{localized({ en: calendar.nameEn, ar: calendar.nameAr ?? null })}</bdi>
              </LinkAnchor>
            ) : (
              <bdi>#{calendarId}</bdi>
            )}
            {' · '}
            {t(`timing.ruleName.${rule}`)}
          </span>
        );
      })}
      {job.executionWindows.map((window, index) => (
        <span key={index}>
          {window.days && window.days.length > 0
            ? `${format.list(window.days.map((day) => t(`weekday.${day}`)))} `
            : null}
          <bdi dir="ltr">
            {window.from}–{window.to}
          </bdi>
        </span>
      ))}
      {job.executionWindows.length > 0 ? <span>{t(`timing.outsideChoice.${job.outsideWindows}`)}</span> : null}
    </Stack>
  );
}

export function SettingsTab({ job, schema }: { job: Job; schema: Record<string, unknown> | undefined }) {
  const { t } = useTranslation();
  const format = useFormat();
  const seconds = (value: number | null | undefined) => (value ? format.number(value) : t('word.unlimited'));
  return (
    <Box p="md">
      <Title order={3} mb="sm">
        {t('editor.parameters')}
      </Title>
      <ParameterList parameters={job.parameters} schema={schema} />
      <Title order={3} mt="lg" mb="sm">
        {t('editor.options')}
      </Title>
      <Facts
        items={[
          [t('options.priority'), format.number(job.priority)],
          [t('options.maxInstances'), format.number(job.maxInstances)],
          [t('options.overlap'), t(`options.overlapChoice.${job.overlap}`)],
          [t('options.delivery'), t(`options.deliveryChoice.${job.delivery}`)],
          [t('options.timeoutSeconds'), seconds(job.timeoutSeconds)],
          [t('options.totalTimeoutSeconds'), seconds(job.totalTimeoutSeconds)],
          [
            t('options.misfire'),
            job.misfireGraceTime == null ? t('options.anyLateness') : seconds(job.misfireGraceTime),
          ],
          [t('options.coalesce'), job.coalesce ? t('word.yes') : t('word.no')],
          [t('options.maxAttempts'), format.number(job.retryPolicy.maxAttempts ?? 1)],
          [
            t('notify.own'),
            <Stack key="n" gap={2} align="flex-start">
              {job.notifications.map((policy, index) => (
                <span key={index}>
                  {format.list(policy.events.map((event) => t(`notify.event.${event}`)))} ·{' '}
                  <bdi dir="ltr">{policy.channels.join(', ')}</bdi>
                </span>
              ))}
              {job.notifications.length === 0 ? <span>{t('word.none')}</span> : null}
              <LinkAnchor to={paths.notifications} search={{ tab: 'deliveries', job: job.id }}>
                {t('notify.ofJob')}
              </LinkAnchor>
            </Stack>,
          ],
          [t('timing.title'), <TimingFacts key="t" job={job} />],
          [t('options.retentionDays'), job.retention.days ? format.number(job.retention.days) : t('options.asSystem')],
        ]}
      />
      <Title order={3} mt="lg" mb="sm">
        {t('jobs.technical')}
      </Title>
      <Facts
        items={[
          [t('jobs.number'), <Ltr key="id">{job.id}</Ltr>],
          [t('jobs.taskKey'), <Ltr key="key">{job.taskFunctionKey}</Ltr>],
          [t('jobs.version'), format.number(job.version)],
          [t('jobs.createdAt'), <Time key="c" at={job.createdAt} zone={job.timezone} />],
          [t('jobs.updatedAt'), <Time key="u" at={job.updatedAt} zone={job.timezone} />],
          [t('schedule.startAt'), <Time key="s" at={job.startAt} zone={job.timezone} />],
          [t('schedule.endAt'), <Time key="e" at={job.endAt} zone={job.timezone} />],
        ]}
      />
    </Box>
  );
}

import '@mantine/spotlight/styles.css';
import { Spotlight, spotlight } from '@mantine/spotlight';
import { IconKeyboard, IconLanguage, IconPlus, IconSearch, IconSunMoon } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type ReactNode, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { jobsQuery, useJobName } from '@/api/jobs';
import { paths } from '@/paths';
import { StatusDot } from '@/ui/StatusBadge';
import type { NavEntry } from './nav';

interface Command {
  key: string;
  label: string;
  icon: ReactNode;
  run(): void;
}

/** Spotlight keeps its choice in this attribute and its number at the first; what was inserted above pushed it down. */
function selectFirst(): void {
  const list = document.querySelector('[data-palette]');
  list?.querySelector('[data-selected]')?.removeAttribute('data-selected');
  list?.querySelector('[data-action]')?.setAttribute('data-selected', 'true');
}

/** Ctrl-K: any page, any job, any switch. Jobs are searched by the server, so it finds the one in a hundred thousand. */
export default function Palette({
  onClose,
  entries,
  onShortcuts,
  onLanguage,
  onTheme,
  canWrite,
  wide,
}: {
  opened: boolean;
  onClose(): void;
  entries: NavEntry[];
  onShortcuts(): void;
  onLanguage(): void;
  onTheme(): void;
  canWrite: boolean;
  wide: boolean;
}) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const jobName = useJobName();
  const [query, setQuery] = useState('');
  useEffect(() => spotlight.open(), []);

  const jobs = useQuery({
    ...jobsQuery({ q: query.trim(), perPage: 6 }),
    enabled: query.trim().length > 0,
    placeholderData: keepPreviousData,
  });
  // Jobs arrive after the words that match at once and stand above them: the choice moves up to the first again.
  const found = jobs.data?.items.map(({ id }) => id).join() ?? '';
  // biome-ignore lint/correctness/useExhaustiveDependencies: runs when what was found changes
  useEffect(selectFirst, [found]);

  const matches = (label: string) => label.toLocaleLowerCase().includes(query.trim().toLocaleLowerCase());

  const pages: Command[] = entries.map((entry) => ({
    key: entry.to,
    label: t(`nav.${entry.key}`),
    icon: <entry.icon size={18} stroke={1.7} />,
    run: () => void navigate({ to: entry.to }),
  }));
  const actions: Command[] = [
    ...(canWrite
      ? [
          {
            key: 'new',
            label: t('palette.newJob'),
            icon: <IconPlus size={18} />,
            run: () => void navigate({ to: paths.newJob }),
          },
        ]
      : []),
    { key: 'language', label: t('palette.switchLanguage'), icon: <IconLanguage size={18} />, run: onLanguage },
    { key: 'theme', label: t('palette.toggleTheme'), icon: <IconSunMoon size={18} />, run: onTheme },
    { key: 'keys', label: t('palette.shortcuts'), icon: <IconKeyboard size={18} />, run: onShortcuts },
  ];
  const groups: [string, Command[]][] = [
    [
      t('palette.jobs'),
      (query.trim() ? (jobs.data?.items ?? []) : []).map((job) => ({
        key: `job-${job.id}`,
        label: jobName(job),
        icon: <StatusDot status={job.lastStatus ?? 'pending'} />,
        run: () => void navigate({ to: paths.job, params: { jobId: String(job.id) } }),
      })),
    ],
    [t('palette.pages'), pages.filter(({ label }) => matches(label))],
    [t('palette.actions'), actions.filter(({ label }) => matches(label))],
  ];
  const shown = groups.filter(([, commands]) => commands.length > 0);

  return (
    <Spotlight.Root
      query={query}
      onQueryChange={setQuery}
      onSpotlightClose={onClose}
      shortcut={null}
      scrollable
      maxHeight={wide ? 420 : 320}
      transitionProps={{ duration: 0 }}
      aria-label={t('palette.open')}
    >
      <Spotlight.Search
        placeholder={t('palette.placeholder')}
        aria-label={t('palette.open')}
        leftSection={<IconSearch size={18} />}
      />
      <Spotlight.ActionsList data-palette>
        {shown.length === 0 ? <Spotlight.Empty>{t('palette.empty')}</Spotlight.Empty> : null}
        {shown.map(([label, commands]) => (
          <Spotlight.ActionsGroup key={label} label={label}>
            {commands.map((command) => (
              <Spotlight.Action
                key={command.key}
                label={command.label}
                leftSection={command.icon}
                onClick={command.run}
              />
            ))}
          </Spotlight.ActionsGroup>
        ))}
      </Spotlight.ActionsList>
    </Spotlight.Root>
  );
}

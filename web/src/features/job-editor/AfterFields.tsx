import { ActionIcon, Box, Fieldset, Group, NumberInput, Select, Stack, Text, TextInput } from '@mantine/core';
import { IconTrash } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { After, JoinMode, OnEnd, ParentJob } from '@/api/model';
import type { FieldProblem } from '@/api/problem';
import { isolate } from '@/shared/format/formatter';
import { useFormat } from '@/shared/format/useFormat';
import { Disclosure } from '@/ui/Disclosure';
import { JobsSelect, useNamesOf } from '@/ui/JobsSelect';

const ends: OnEnd[] = ['success', 'failure', 'completion'];
const none: After = { parents: [], mode: 'all' };

/** The jobs after whose end this one runs, and which of their ends count. */
export function AfterFields({
  value,
  onChange,
  errors,
  own,
}: {
  value: After | null;
  onChange(value: After | null): void;
  errors: FieldProblem[];
  /** The job itself, which cannot follow itself. */
  own?: number | undefined;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const after = value ?? none;
  const names = useNamesOf(after.parents.map(({ jobId }) => jobId));
  const at = (pointer: string) => errors.find((error) => error.pointer === `/after${pointer}`)?.detail;
  const set = (patch: Partial<After>) => {
    const next = { ...after, ...patch };
    onChange(next.parents.length > 0 ? next : null);
  };
  const change = (index: number, patch: Partial<ParentJob>) =>
    set({ parents: after.parents.map((old, place) => (place === index ? { ...old, ...patch } : old)) });
  const choose = (ids: number[]) =>
    set({
      parents: ids.map(
        (jobId): ParentJob => after.parents.find((parent) => parent.jobId === jobId) ?? { jobId, on: 'success' },
      ),
    });
  const wrong = errors.some(({ pointer }) => pointer.startsWith('/after'));
  return (
    <Box mt="md">
      <Disclosure
        key={wrong ? 'wrong' : 'plain'}
        title={t('after.title')}
        {...(after.parents.length > 0 ? { summary: format.number(after.parents.length) } : {})}
        initiallyOpen={after.parents.length > 0 || wrong}
      >
        <Stack>
          <Text fz="sm" c="dimmed">
            {t('after.text')}
          </Text>
          <JobsSelect
            label={t('after.jobs')}
            value={after.parents.map(({ jobId }) => jobId)}
            onChange={choose}
            error={at('/parents') ?? at('')}
            {...(own === undefined ? {} : { without: [own] })}
          />
          {after.parents.map((parent, index) => {
            const name = names.get(parent.jobId) ?? `#${parent.jobId}`;
            return (
              <Fieldset key={parent.jobId} legend={<bdi>{name}</bdi>}>
                <Group align="flex-start" gap="sm">
                  <Select
                    label={t('after.on')}
                    flex={2}
                    miw={190}
                    data={ends.map((end) => ({ value: end, label: t(`after.end.${end}`) }))}
                    allowDeselect={false}
                    value={parent.on}
                    error={at(`/parents/${index}/jobId`) ?? at(`/parents/${index}/on`)}
                    onChange={(on) => change(index, { on: on as OnEnd })}
                  />
                  <TextInput
                    label={t('after.alias')}
                    description={t('after.aliasHelp')}
                    inputWrapperOrder={['label', 'input', 'error', 'description']}
                    flex={2}
                    miw={190}
                    dir="ltr"
                    maxLength={64}
                    spellCheck={false}
                    autoComplete="off"
                    value={parent.alias ?? ''}
                    error={at(`/parents/${index}/alias`)}
                    onChange={(event) => change(index, { alias: event.currentTarget.value })}
                  />
                  <ActionIcon
                    mt={27}
                    aria-label={t('after.remove', { name: isolate(name) })}
                    onClick={() => choose(after.parents.map(({ jobId }) => jobId).filter((id) => id !== parent.jobId))}
                  >
                    <IconTrash size={16} />
                  </ActionIcon>
                </Group>
              </Fieldset>
            );
          })}
          {after.parents.length > 1 ? (
            <Group align="flex-start" gap="sm">
              <Select
                label={t('after.mode')}
                flex={2}
                miw={220}
                data={(['all', 'any'] as const).map((mode) => ({ value: mode, label: t(`chain.join.${mode}`) }))}
                allowDeselect={false}
                value={after.mode ?? 'all'}
                error={at('/mode')}
                onChange={(mode) => set({ mode: mode as JoinMode })}
              />
              {(after.mode ?? 'all') === 'all' ? (
                <NumberInput
                  label={t('after.within')}
                  description={t('after.withinHelp')}
                  inputWrapperOrder={['label', 'input', 'error', 'description']}
                  flex={2}
                  miw={220}
                  placeholder={t('word.unlimited')}
                  min={1}
                  allowDecimal={false}
                  value={after.withinSeconds ?? ''}
                  error={at('/withinSeconds')}
                  onChange={(seconds) => set({ withinSeconds: seconds === '' ? null : Number(seconds) })}
                />
              ) : null}
            </Group>
          ) : null}
          {after.parents.length > 0 ? (
            <Text fz="sm" c="dimmed">
              {t('after.resultsText')}
            </Text>
          ) : null}
        </Stack>
      </Disclosure>
    </Box>
  );
}

import {
  Alert,
  Button,
  Fieldset,
  Group,
  Modal,
  MultiSelect,
  Select,
  Stack,
  TagsInput,
  Text,
  TextInput,
} from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useTaskFunctions } from '@/api/catalogue';
import type { NotificationRule } from '@/api/model';
import { useCreateRule, useUpdateRule } from '@/api/notifications';
import { isProblem } from '@/api/problem';
import { useMe } from '@/api/session';
import { PolicyFields } from '@/shared/notify/PolicyFields';
import { newPolicy, tidyPolicy } from '@/shared/notify/policy';
import { below } from '@/shared/schema-form/pointer';
import { JobsSelect } from '@/ui/JobsSelect';
import { failureText, toastSuccess } from '@/ui/toast';

export function RuleDialog({ rule, onClose }: { rule: NotificationRule | null; onClose(): void }) {
  const { t } = useTranslation();
  const me = useMe();
  const tasks = useTaskFunctions();
  const create = useCreateRule();
  const update = useUpdateRule();
  const [name, setName] = useState(rule?.name ?? '');
  const [scope, setScope] = useState(rule?.scope ?? 'own');
  const [jobIds, setJobIds] = useState<number[]>(rule?.filter.jobIds ?? []);
  const [tags, setTags] = useState<string[]>(rule?.filter.tags ?? []);
  const [functions, setFunctions] = useState<string[]>(rule?.filter.taskFunctionKeys ?? []);
  const [policy, setPolicy] = useState(rule?.notify ?? newPolicy());
  const error = create.error ?? update.error;
  const fields = isProblem(error) ? error.fields : [];
  const at = (pointer: string) => fields.find((field) => field.pointer.startsWith(pointer))?.detail;
  const submit = () => {
    const body = {
      name: name.trim(),
      scope,
      filter: { jobIds, tags, taskFunctionKeys: functions },
      notify: tidyPolicy(policy),
    };
    const done = {
      onSuccess: () => {
        toastSuccess(t('notify.saved'));
        onClose();
      },
    };
    if (rule) update.mutate({ id: rule.id, change: body }, done);
    else create.mutate({ ...body, isEnabled: true }, done);
  };
  return (
    <Modal
      opened
      onClose={onClose}
      size="lg"
      title={<Text fw={600}>{rule ? t('notify.editRule') : t('notify.newRule')}</Text>}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <Stack>
          {error ? (
            <Alert color="red" role="alert">
              {failureText(error)}
            </Alert>
          ) : null}
          <TextInput
            label={t('notify.name')}
            description={t('connections.nameHelp')}
            required
            dir="ltr"
            maxLength={100}
            value={name}
            error={at('/name')}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Fieldset legend={t('notify.for')}>
            <Stack gap="sm">
              {me.role === 'admin' ? (
                <Select
                  label={t('notify.whose')}
                  data={(['own', 'everybody'] as const).map((value) => ({ value, label: t(`notify.scope.${value}`) }))}
                  allowDeselect={false}
                  value={scope}
                  error={at('/scope')}
                  onChange={(value) => setScope(value as 'own')}
                />
              ) : null}
              <Text fz="sm" c="dimmed">
                {t('notify.filterHelp')}
              </Text>
              <JobsSelect label={t('nav.jobs')} value={jobIds} onChange={setJobIds} error={at('/filter/jobIds')} />
              <TagsInput label={t('jobs.filter.tags')} value={tags} error={at('/filter/tags')} onChange={setTags} />
              <MultiSelect
                label={t('nav.taskFunctions')}
                searchable
                data={tasks.list.map((task) => ({ value: task.key, label: tasks.name(task.key) }))}
                value={functions}
                error={at('/filter/taskFunctionKeys')}
                onChange={setFunctions}
              />
            </Stack>
          </Fieldset>
          <PolicyFields policy={policy} onChange={setPolicy} errors={below(fields, '/notify')} />
          <Group justify="flex-end">
            <Button onClick={onClose}>{t('action.cancel')}</Button>
            <Button type="submit" variant="filled" loading={create.isPending || update.isPending}>
              {rule ? t('action.save') : t('action.create')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

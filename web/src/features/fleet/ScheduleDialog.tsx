import { Alert, Button, Group, Modal, Stack, Text } from '@mantine/core';
import { IconCalendarPlus, IconPlayerPlayFilled } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useTaskFunctions } from '@/api/catalogue';
import { useDeploy } from '@/api/deployments';
import { isProblem } from '@/api/problem';
import { jobWidgets } from '@/features/connections/jobWidgets';
import { paths } from '@/paths';
import { isolate } from '@/shared/format/formatter';
import { initialValue, readSchema } from '@/shared/schema-form/model';
import { below } from '@/shared/schema-form/pointer';
import { SchemaForm, useSchemaErrors } from '@/shared/schema-form/SchemaForm';
import { LoadingState, NoPermission } from '@/ui/states';
import { failureText } from '@/ui/toast';

const kinds = { command: 'command', software_deployment: 'software', file_deployment: 'file' } as const;

/** Work for devices: done now, or handed to the wizard to be scheduled. */
export function ScheduleDialog({
  task: key,
  subject,
  parameters: given,
  onClose,
}: {
  task: 'command' | 'software_deployment' | 'file_deployment';
  /** What it is about, for the name of the job. */
  subject: string;
  parameters: Record<string, unknown>;
  onClose(): void;
}) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const tasks = useTaskFunctions();
  const deploy = useDeploy();
  const task = tasks.find(key);
  const [changed, setChanged] = useState<Record<string, unknown> | null>(null);
  const [tried, setTried] = useState(false);
  const start = task ? initialValue(readSchema(task.schema)) : {};
  const parameters = changed ?? { ...(start as Record<string, unknown>), ...given };
  const errors = useSchemaErrors(task?.schema, parameters);
  const failure = deploy.error;
  const serverErrors = isProblem(failure) ? below(failure.fields, '/parameters') : [];
  const name = `${task ? tasks.name(key) : key}: ${subject}`.slice(0, 255);
  const now = () => {
    setTried(true);
    if (errors.length > 0) return;
    deploy.mutate(
      { name: name.slice(0, 200), kind: kinds[key], parameters },
      {
        onSuccess: ({ id }) => {
          onClose();
          void navigate({ to: paths.deployment, params: { deploymentId: String(id) }, search: {} });
        },
      },
    );
  };
  return (
    <Modal
      opened
      onClose={onClose}
      size="lg"
      title={
        <Text fw={600}>
          {t('devices.workFor', { what: isolate(task ? tasks.name(key) : key), subject: isolate(subject) })}
        </Text>
      }
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      {tasks.query.isPending ? <LoadingState rows={4} /> : null}
      {tasks.query.data && !task?.isAllowed ? <NoPermission>{t('devices.taskMissing')}</NoPermission> : null}
      {task?.isAllowed ? (
        <Stack>
          {failure && serverErrors.length === 0 ? (
            <Alert color="red" role="alert">
              {failureText(failure)}
            </Alert>
          ) : null}
          <SchemaForm
            schema={task.schema}
            value={parameters}
            onChange={setChanged}
            serverErrors={serverErrors}
            showAll={tried}
            widgets={jobWidgets}
          />
          <Group justify="flex-end">
            <Button onClick={onClose}>{t('action.cancel')}</Button>
            <Button
              leftSection={<IconCalendarPlus size={16} />}
              onClick={() =>
                void navigate({
                  to: paths.newJob,
                  search: { task: key, name, parameters: JSON.stringify(parameters) },
                })
              }
            >
              {t('devices.schedule')}
            </Button>
            <Button
              variant="filled"
              leftSection={<IconPlayerPlayFilled size={16} />}
              loading={deploy.isPending}
              onClick={now}
            >
              {t('devices.runNow')}
            </Button>
          </Group>
        </Stack>
      ) : null}
    </Modal>
  );
}

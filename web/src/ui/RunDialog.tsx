import { Alert, Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useTaskFunctions } from '@/api/catalogue';
import { useJobAction } from '@/api/jobs';
import type { Job } from '@/api/model';
import { isProblem } from '@/api/problem';
import { jobWidgets } from '@/features/connections/jobWidgets';
import { paths } from '@/paths';
import { below } from '@/shared/schema-form/pointer';
import { SchemaForm, useSchemaErrors } from '@/shared/schema-form/SchemaForm';
import { failureText } from './toast';

/** Run a job once with other parameters than its own. */
export default function RunDialog({ job, onClose }: { job: Job; onClose(): void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const tasks = useTaskFunctions();
  const action = useJobAction();
  const [parameters, setParameters] = useState<Record<string, unknown>>(job.parameters);
  const [tried, setTried] = useState(false);
  const schema = tasks.find(job.taskFunctionKey)?.schema;
  const errors = useSchemaErrors(schema, parameters);
  const serverErrors = isProblem(action.error) ? below(action.error.fields, '/parameters') : [];
  const run = () => {
    setTried(true);
    if (errors.length > 0) return;
    action.mutate(
      { id: job.id, action: 'trigger', parameters },
      {
        onSuccess: ({ executionId }) => {
          onClose();
          if (executionId) void navigate({ to: paths.execution, params: { executionId }, search: {} });
        },
      },
    );
  };
  return (
    <Modal
      opened
      onClose={onClose}
      size="xl"
      title={<Text fw={600}>{t('jobs.action.runWith')}</Text>}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      <Stack>
        <Text c="dimmed">{t('jobs.runWithText')}</Text>
        {action.error && serverErrors.length === 0 ? <Alert color="red">{failureText(action.error)}</Alert> : null}
        {schema ? (
          <SchemaForm
            schema={schema}
            value={parameters}
            onChange={setParameters}
            serverErrors={serverErrors}
            showAll={tried}
            widgets={jobWidgets}
          />
        ) : null}
        <Group justify="flex-end">
          <Button onClick={onClose}>{t('action.cancel')}</Button>
          <Button variant="filled" loading={action.isPending} onClick={run}>
            {t('jobs.action.run')}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

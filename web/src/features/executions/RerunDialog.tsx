import { Alert, Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useTaskFunctions } from '@/api/catalogue';
import { useRerun } from '@/api/executions';
import type { Execution } from '@/api/model';
import { isProblem } from '@/api/problem';
import { jobWidgets } from '@/features/connections/jobWidgets';
import { below } from '@/shared/schema-form/pointer';
import { SchemaForm, useSchemaErrors } from '@/shared/schema-form/SchemaForm';
import { failureText } from '@/ui/toast';

export function RerunDialog({
  run,
  base,
  onClose,
  onStarted,
}: {
  run: Execution;
  base: Record<string, unknown>;
  onClose(): void;
  onStarted(run: Execution): void;
}) {
  const { t } = useTranslation();
  const tasks = useTaskFunctions();
  const rerun = useRerun(run.executionId);
  const [parameters, setParameters] = useState(base);
  const [tried, setTried] = useState(false);
  const schema = tasks.find(run.taskFunctionKey)?.schema;
  const errors = useSchemaErrors(schema, parameters);
  const serverErrors = isProblem(rerun.error) ? below(rerun.error.fields, '/parameters') : [];
  return (
    <Modal
      opened
      onClose={onClose}
      size="xl"
      title={<Text fw={600}>{t('runs.rerunWith')}</Text>}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      <Stack>
        {rerun.error && serverErrors.length === 0 ? <Alert color="red">{failureText(rerun.error)}</Alert> : null}
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
          <Button
            variant="filled"
            loading={rerun.isPending}
            onClick={() => {
              setTried(true);
              if (errors.length === 0) rerun.mutate(parameters, { onSuccess: onStarted });
            }}
          >
            {t('runs.rerun')}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

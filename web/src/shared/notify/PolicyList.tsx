import { ActionIcon, Button, Fieldset, Group, Stack, Text } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { NotificationPolicy } from '@/api/model';
import type { FieldProblem } from '@/api/problem';
import { useFormat } from '@/shared/format/useFormat';
import { below } from '@/shared/schema-form/pointer';
import { PolicyFields } from './PolicyFields';
import { newPolicy } from './policy';

/** A job's own notifications, besides the rules that cover it. */
export function PolicyList({
  value,
  onChange,
  errors,
}: {
  value: NotificationPolicy[];
  onChange(value: NotificationPolicy[]): void;
  errors: FieldProblem[];
}) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <Stack>
      <Text fz="sm" c="dimmed">
        {t('notify.ownText')}
      </Text>
      {value.map((policy, index) => {
        const n = format.number(index + 1);
        return (
          <Fieldset key={index} legend={t('notify.nth', { n })}>
            <Group justify="flex-end">
              <ActionIcon
                aria-label={t('notify.removeNth', { n })}
                onClick={() => onChange(value.filter((_, at) => at !== index))}
              >
                <IconTrash size={16} />
              </ActionIcon>
            </Group>
            <PolicyFields
              policy={policy}
              onChange={(next) => onChange(value.map((old, at) => (at === index ? next : old)))}
              errors={below(errors, `/notifications/${index}`)}
            />
          </Fieldset>
        );
      })}
      <Button
        size="xs"
        w="fit-content"
        leftSection={<IconPlus size={14} />}
        onClick={() => onChange([...value, newPolicy()])}
      >
        {t('notify.add')}
      </Button>
    </Stack>
  );
}

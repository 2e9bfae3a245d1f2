import {
  ActionIcon,
  Alert,
  Autocomplete,
  Button,
  ColorInput,
  Fieldset,
  Modal,
  Group as Row,
  SegmentedControl,
  Select,
  Stack,
  Text,
  TextInput,
} from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { groupPreviewQuery, useCreateGroup, useUpdateGroup } from '@/api/fleet';
import type { Group, GroupChange, GroupInput } from '@/api/model';
import { isProblem } from '@/api/problem';
import { CodeEditor } from '@/shared/code/CodeEditor';
import { useFormat } from '@/shared/format/useFormat';
import { type Sharing, SharingFields } from '@/shared/sharing/SharingFields';
import { Disclosure } from '@/ui/Disclosure';
import { failureText, toastSuccess } from '@/ui/toast';
import { DevicePicker } from './DevicePicker';
import { commonFields, emptyRule, isComplete, operators, readRule, type SimpleRule, writeRule } from './groupRule';
import { MemberList } from './MemberList';

const colors = ['#2a5ca8', '#0f7f6e', '#a35200', '#b3261e', '#6b4fa0', '#5b6472'];

type Way = 'list' | 'rule' | 'json';

/** Makes or changes a group, and shows whom its rule would match before it is saved. */
export function GroupDialog({ group, onClose }: { group: Group | null; onClose(): void }) {
  const { t } = useTranslation();
  const create = useCreateGroup();
  const update = useUpdateGroup();
  const present = useMemo(() => (group?.rule ? readRule(group.rule) : null), [group]);
  const [name, setName] = useState(group?.name ?? '');
  const [description, setDescription] = useState(group?.description ?? '');
  const [color, setColor] = useState(group?.color ?? '');
  const [way, setWay] = useState<Way>(group?.rule ? (present ? 'rule' : 'json') : 'list');
  const [devices, setDevices] = useState<number[]>(group?.devices ?? []);
  const [rule, setRule] = useState<SimpleRule>(present ?? emptyRule);
  const [json, setJson] = useState(() => JSON.stringify(group?.rule ?? writeRule(emptyRule), null, 2));
  const [sharing, setSharing] = useState<Sharing>({
    users: group?.sharedWith ?? [],
    everybody: group?.sharedWithEverybody ?? false,
  });
  const error = create.error ?? update.error;
  const at = (pointer: string) =>
    isProblem(error) ? error.fields.find((field) => field.pointer.startsWith(pointer))?.detail : undefined;
  const written = useMemo(
    () => (way === 'rule' ? (isComplete(rule) ? writeRule(rule) : null) : way === 'json' ? parsed(json) : null),
    [way, rule, json],
  );
  const submit = () => {
    const members = way === 'list' ? { devices } : written ? { rule: written } : null;
    if (!members) return;
    const shared = { sharedWith: sharing.users, sharedWithEverybody: sharing.everybody };
    const done = () => {
      toastSuccess(t('groups.saved'));
      onClose();
    };
    if (group)
      update.mutate(
        {
          id: group.id,
          change: {
            ...members,
            ...shared,
            name: name.trim(),
            description: description.trim() || null,
            color: color || null,
          } as GroupChange,
        },
        { onSuccess: done },
      );
    else
      create.mutate(
        {
          ...members,
          ...shared,
          name: name.trim(),
          ...(description.trim() ? { description: description.trim() } : {}),
          ...(color ? { color } : {}),
        } as GroupInput,
        { onSuccess: done },
      );
  };
  return (
    <Modal
      opened
      onClose={onClose}
      size="lg"
      title={<Text fw={600}>{group ? t('groups.editTitle') : t('groups.new')}</Text>}
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
            label={t('groups.name')}
            required
            dir="auto"
            maxLength={100}
            value={name}
            error={at('/name')}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <TextInput
            label={t('connections.description')}
            dir="auto"
            maxLength={1000}
            value={description}
            error={at('/description')}
            onChange={(event) => setDescription(event.currentTarget.value)}
          />
          <ColorInput
            label={t('groups.color')}
            format="hex"
            swatches={colors}
            withPicker={false}
            dir="ltr"
            maw={220}
            value={color}
            error={at('/color')}
            onChange={setColor}
          />
          <SegmentedControl
            aria-label={t('groups.kind')}
            data={[
              { value: 'list', label: t('groups.byList') },
              { value: 'rule', label: t('groups.byRule') },
              { value: 'json', label: t('form.tabJson') },
            ]}
            value={way}
            onChange={(next) => {
              if (next === 'json' && way === 'rule') setJson(JSON.stringify(writeRule(rule), null, 2));
              if (next === 'rule' && way === 'json') {
                const read = readRule(parsed(json));
                if (read) setRule(read);
              }
              setWay(next as Way);
            }}
          />
          {way === 'list' ? (
            <DevicePicker label={t('nav.devices')} value={devices} onChange={setDevices} error={at('/devices')} />
          ) : null}
          {way === 'rule' ? <RuleFields rule={rule} onChange={setRule} /> : null}
          {way === 'json' ? (
            <CodeEditor
              language="json"
              value={json}
              onChange={setJson}
              label={t('groups.rule')}
              invalid={written === null}
              minLines={8}
            />
          ) : null}
          {way !== 'list' ? <RulePreview rule={written} /> : null}
          {at('/rule') ? (
            <Text c="red" fz="sm">
              {at('/rule')}
            </Text>
          ) : null}
          <Disclosure title={t('sharing.title')} initiallyOpen={sharing.everybody || sharing.users.length > 0}>
            <SharingFields value={sharing} onChange={setSharing} error={at('/sharedWith')} />
          </Disclosure>
          <Row justify="flex-end">
            <Button onClick={onClose}>{t('action.cancel')}</Button>
            <Button
              type="submit"
              variant="filled"
              disabled={way !== 'list' && written === null}
              loading={create.isPending || update.isPending}
            >
              {group ? t('action.save') : t('action.create')}
            </Button>
          </Row>
        </Stack>
      </form>
    </Modal>
  );
}

function parsed(json: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(json);
    return value && typeof value === 'object' && !Array.isArray(value) ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

function RuleFields({ rule, onChange }: { rule: SimpleRule; onChange(rule: SimpleRule): void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const change = (index: number, patch: Partial<SimpleRule['tests'][number]>) =>
    onChange({ ...rule, tests: rule.tests.map((test, at) => (at === index ? { ...test, ...patch } : test)) });
  return (
    <Fieldset legend={t('groups.rule')}>
      <Stack gap="sm">
        <Select
          label={t('groups.match')}
          data={(['all', 'any'] as const).map((value) => ({ value, label: t(`groups.matchChoice.${value}`) }))}
          allowDeselect={false}
          maw={320}
          value={rule.match}
          onChange={(match) => onChange({ ...rule, match: match as 'all' })}
        />
        {rule.tests.map((test, index) => {
          const n = format.number(index + 1);
          return (
            <Row key={index} gap="xs" align="flex-end">
              <Autocomplete
                label={t('groups.field', { n })}
                dir="ltr"
                flex={2}
                miw={150}
                data={commonFields}
                value={test.field}
                onChange={(field) => change(index, { field })}
              />
              <Select
                label={t('groups.op', { n })}
                flex={2}
                miw={150}
                data={operators.map((value) => ({ value, label: t(`groups.opName.${value}`) }))}
                allowDeselect={false}
                value={test.op}
                onChange={(op) => change(index, { op: op as typeof test.op })}
              />
              {test.op === 'exists' ? null : (
                <TextInput
                  label={t('groups.value', { n })}
                  dir="auto"
                  flex={2}
                  miw={120}
                  value={test.text}
                  onChange={(event) => change(index, { text: event.currentTarget.value })}
                />
              )}
              <ActionIcon
                aria-label={t('groups.removeTest', { n })}
                disabled={rule.tests.length === 1}
                onClick={() => onChange({ ...rule, tests: rule.tests.filter((_, at) => at !== index) })}
              >
                <IconTrash size={16} />
              </ActionIcon>
            </Row>
          );
        })}
        <Button
          size="xs"
          w="fit-content"
          leftSection={<IconPlus size={14} />}
          onClick={() => onChange({ ...rule, tests: [...rule.tests, { field: '', op: 'eq', text: '' }] })}
        >
          {t('groups.addTest')}
        </Button>
      </Stack>
    </Fieldset>
  );
}

function RulePreview({ rule }: { rule: Record<string, unknown> | null }) {
  const { t } = useTranslation();
  const [settled] = useDebouncedValue(rule, 300);
  const preview = useQuery(groupPreviewQuery(settled));
  return (
    <Fieldset legend={t('groups.preview')}>
      {rule === null ? <Text c="dimmed">{t('groups.incomplete')}</Text> : null}
      {rule !== null && preview.error ? <Text c="red">{failureText(preview.error)}</Text> : null}
      {rule !== null && preview.data && !preview.error ? <MemberList members={preview.data} /> : null}
    </Fieldset>
  );
}

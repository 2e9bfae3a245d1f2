import { Alert, Button, Group, Modal, Select, Stack, Switch, TagsInput, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import {
  connectionTablesQuery,
  databaseKinds,
  useConnectionKinds,
  useCreateConnection,
  useTestConnection,
  useUpdateConnection,
} from '@/api/connections';
import type { Connection, ConnectionKind } from '@/api/model';
import { isProblem } from '@/api/problem';
import { useMe } from '@/api/session';
import { useLocalized } from '@/shared/format/useFormat';
import { initialValue, readSchema } from '@/shared/schema-form/model';
import { below } from '@/shared/schema-form/pointer';
import { SchemaForm, useSchemaErrors } from '@/shared/schema-form/SchemaForm';
import { type Sharing, SharingFields } from '@/shared/sharing/SharingFields';
import { Disclosure } from '@/ui/Disclosure';
import { LoadingState } from '@/ui/states';
import { failureText, toastSuccess } from '@/ui/toast';
import { settingsWidgets } from './settingsWidgets';
import { TestResult } from './TestButton';

/** Makes or changes a connection. Saved and not working, it stays open with the reason. */
export function ConnectionDialog({
  connection,
  kinds: offered,
  onClose,
  onSaved,
}: {
  connection: Connection | null;
  /** Only these kinds may be chosen. */
  kinds?: string[] | undefined;
  onClose(): void;
  onSaved?: (connection: Connection) => void;
}) {
  const { t } = useTranslation();
  const kinds = useConnectionKinds();
  return (
    <Modal
      opened
      onClose={onClose}
      size="lg"
      title={<Text fw={600}>{connection ? t('connections.editTitle') : t('connections.new')}</Text>}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      {kinds.query.data ? (
        <ConnectionForm
          connection={connection}
          kinds={kinds.list.filter(({ key }) => !offered?.length || offered.includes(key))}
          onClose={onClose}
          onSaved={onSaved}
        />
      ) : (
        <LoadingState rows={4} />
      )}
    </Modal>
  );
}

interface Draft {
  name: string;
  description: string;
  kind: string;
  settings: Record<string, unknown>;
  readOnly: boolean;
  tables: string[];
  sharing: Sharing;
}

function startSettings(kind: ConnectionKind | undefined): Record<string, unknown> {
  const start = kind ? initialValue(readSchema(kind.settingsSchema)) : {};
  return (start && typeof start === 'object' ? start : {}) as Record<string, unknown>;
}

function ConnectionForm({
  connection,
  kinds,
  onClose,
  onSaved,
}: {
  connection: Connection | null;
  kinds: ConnectionKind[];
  onClose(): void;
  onSaved: ((connection: Connection) => void) | undefined;
}) {
  const { t } = useTranslation();
  const localized = useLocalized();
  const me = useMe();
  const create = useCreateConnection();
  const update = useUpdateConnection();
  const test = useTestConnection();
  const [saved, setSaved] = useState(connection);
  const [showAll, setShowAll] = useState(false);
  const allowed = kinds.filter((kind) => !kind.isForAdministrators || me.role === 'admin');
  const only = allowed.length === 1 ? allowed[0] : undefined;
  const [draft, setDraft] = useState<Draft>(() => ({
    name: connection?.name ?? '',
    description: connection?.description ?? '',
    kind: connection?.kind ?? only?.key ?? '',
    settings: connection?.settings ?? startSettings(only),
    readOnly: connection?.readOnly ?? false,
    tables: connection?.allowedTables ?? [],
    sharing: { users: connection?.sharedWith ?? [], everybody: connection?.sharedWithEverybody ?? false },
  }));
  const set = (patch: Partial<Draft>) => setDraft((current) => ({ ...current, ...patch }));
  const kind = kinds.find(({ key }) => key === draft.kind);
  const invalid = useSchemaErrors(kind?.settingsSchema, draft.settings);
  const error = create.error ?? update.error;
  const fields = isProblem(error) ? error.fields : [];
  const at = (pointer: string) =>
    fields.find((field) => field.pointer === pointer || field.pointer.startsWith(`${pointer}/`))?.detail;
  const isDatabase = databaseKinds.includes(draft.kind);

  const save = (thenTest: boolean) => {
    setShowAll(true);
    if (!kind || draft.name.trim() === '' || invalid.length > 0) return;
    test.reset();
    const body = {
      name: draft.name.trim(),
      settings: draft.settings,
      readOnly: isDatabase && draft.readOnly,
      allowedTables: isDatabase ? draft.tables : [],
      sharedWith: draft.sharing.users,
      sharedWithEverybody: draft.sharing.everybody,
    };
    const done = (result: Connection) => {
      setSaved(result);
      // What was sealed just now is known from here on by its mark.
      set({ settings: result.settings });
      onSaved?.(result);
      const close = () => {
        toastSuccess(t('connections.saved'));
        onClose();
      };
      if (!thenTest) return close();
      test.mutate(result.id, { onSuccess: ({ works }) => works && close() });
    };
    if (saved)
      update.mutate(
        { id: saved.id, change: { ...body, description: draft.description.trim() || null } },
        { onSuccess: done },
      );
    else
      create.mutate(
        {
          ...body,
          kind: draft.kind,
          ...(draft.description.trim() ? { description: draft.description.trim() } : {}),
        },
        { onSuccess: done },
      );
  };

  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        // Opened from within another form, this one's submission is its own affair.
        event.stopPropagation();
        save(true);
      }}
    >
      <Stack>
        {error ? (
          <Alert color="red" role="alert">
            {failureText(error)}
          </Alert>
        ) : null}
        {test.data && !test.data.works ? (
          <Alert color="orange" role="alert" title={t('connections.savedNotWorking')}>
            <TestResult result={test.data} />
          </Alert>
        ) : null}
        {test.error ? (
          <Alert color="red" role="alert">
            {failureText(test.error)}
          </Alert>
        ) : null}
        <Select
          label={t('connections.kind')}
          description={kind ? localized({ en: kind.description, ar: kind.descriptionAr }) : undefined}
          required
          disabled={saved !== null}
          placeholder={t('form.choose')}
          data={allowed.map(({ key, name, nameAr }) => ({ value: key, label: localized({ en: name, ar: nameAr }) }))}
          value={draft.kind || null}
          error={at('/kind') ?? (showAll && !draft.kind ? t('form.error.required') : undefined)}
          allowDeselect={false}
          onChange={(key) =>
            set({ kind: key ?? '', settings: startSettings(kinds.find((candidate) => candidate.key === key)) })
          }
        />
        <TextInput
          label={t('connections.name')}
          description={t('connections.nameHelp')}
          required
          dir="ltr"
          autoComplete="off"
          autoCapitalize="none"
          maxLength={100}
          value={draft.name}
          error={at('/name') ?? (showAll && draft.name.trim() === '' ? t('form.error.required') : undefined)}
          onChange={(event) => set({ name: event.currentTarget.value })}
        />
        <TextInput
          label={t('connections.description')}
          dir="auto"
          maxLength={1000}
          value={draft.description}
          error={at('/description')}
          onChange={(event) => set({ description: event.currentTarget.value })}
        />
        {kind ? (
          <SchemaForm
            key={kind.key}
            schema={kind.settingsSchema}
            value={draft.settings}
            onChange={(settings) => set({ settings })}
            serverErrors={below(fields, '/settings')}
            showAll={showAll}
            widgets={settingsWidgets}
          />
        ) : null}
        {isDatabase ? (
          <Disclosure title={t('connections.accessTitle')} initiallyOpen>
            <Stack gap="sm">
              <Switch
                label={t('connections.readOnlyLabel')}
                description={t('connections.readOnlyHelp')}
                checked={draft.readOnly}
                onChange={(event) => set({ readOnly: event.currentTarget.checked })}
              />
              <TablesInput
                id={saved?.id}
                value={draft.tables}
                onChange={(tables) => set({ tables })}
                error={at('/allowedTables')}
              />
            </Stack>
          </Disclosure>
        ) : null}
        <Disclosure
          title={t('sharing.title')}
          initiallyOpen={draft.sharing.everybody || draft.sharing.users.length > 0}
        >
          <SharingFields value={draft.sharing} onChange={(sharing) => set({ sharing })} error={at('/sharedWith')} />
        </Disclosure>
        <Group justify="flex-end">
          <Button onClick={onClose}>{t('action.cancel')}</Button>
          <Button loading={(create.isPending || update.isPending) && !test.isPending} onClick={() => save(false)}>
            {t('action.save')}
          </Button>
          <Button type="submit" variant="filled" loading={create.isPending || update.isPending || test.isPending}>
            {t('connections.saveAndTest')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** The allow-list. Once the connection is there, its database is asked for names; only those already open come back. */
function TablesInput({
  id,
  value,
  onChange,
  error,
}: {
  id: number | undefined;
  value: string[];
  onChange(tables: string[]): void;
  error: string | undefined;
}) {
  const { t } = useTranslation();
  const tables = useQuery(connectionTablesQuery(id));
  return (
    <TagsInput
      label={t('connections.allowed')}
      description={t('connections.allowedHelp')}
      dir="ltr"
      placeholder={value.length === 0 ? t('form.typeAndEnter') : ''}
      data={['*', ...(tables.data?.tables ?? [])]}
      splitChars={[',', ';', ' ', '\n']}
      acceptValueOnBlur
      value={value}
      error={error}
      onChange={onChange}
    />
  );
}

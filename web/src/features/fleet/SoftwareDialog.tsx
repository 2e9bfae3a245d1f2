import {
  Alert,
  Button,
  Fieldset,
  Group,
  Modal,
  MultiSelect,
  NumberInput,
  SegmentedControl,
  Select,
  SimpleGrid,
  Stack,
  TagsInput,
  Text,
  Textarea,
  TextInput,
} from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { filesQuery, softwareQuery, useCreateSoftware, useUpdateSoftware } from '@/api/fleet';
import type { Software, SoftwareInput, SoftwarePlatform } from '@/api/model';
import { isProblem } from '@/api/problem';
import { type Sharing, SharingFields } from '@/shared/sharing/SharingFields';
import { Disclosure } from '@/ui/Disclosure';
import { failureText, toastSuccess } from '@/ui/toast';

const systems = ['linux', 'windows', 'macos'] as const;
type System = (typeof systems)[number];
const managers = ['apt', 'dnf'] as const;

/** An entry of the catalogue: packages of the system's own manager, or commands with or without a file. */
export function SoftwareDialog({ software, onClose }: { software: Software | null; onClose(): void }) {
  const { t } = useTranslation();
  const create = useCreateSoftware();
  const update = useUpdateSoftware();
  const others = useQuery(softwareQuery);
  const [draft, setDraft] = useState(() => ({
    name: software?.name ?? '',
    version: software?.version ?? '',
    description: software?.description ?? '',
    category: software?.category ?? '',
    publisher: software?.publisher ?? '',
    platforms: (software?.platforms ?? { linux: {} }) as Partial<Record<System, SoftwarePlatform>>,
    dependencies: software?.dependencies ?? [],
    minMemoryMb: software?.minMemoryMb ?? null,
    minDiskMb: software?.minDiskMb ?? null,
  }));
  const [sharing, setSharing] = useState<Sharing>({
    users: software?.sharedWith ?? [],
    everybody: software?.sharedWithEverybody ?? false,
  });
  const set = (patch: Partial<typeof draft>) => setDraft((current) => ({ ...current, ...patch }));
  const error = create.error ?? update.error;
  const fields = isProblem(error) ? error.fields : [];
  const at = (pointer: string) =>
    fields.find((field) => field.pointer === pointer || field.pointer.startsWith(`${pointer}/`))?.detail;
  const done = () => {
    toastSuccess(t('software.saved'));
    onClose();
  };
  const text = (value: string) => (value.trim() === '' ? null : value.trim());
  const submit = () => {
    const texts = {
      version: text(draft.version),
      description: text(draft.description),
      category: text(draft.category),
      publisher: text(draft.publisher),
      minMemoryMb: draft.minMemoryMb,
      minDiskMb: draft.minDiskMb,
    };
    const body = {
      name: draft.name.trim(),
      platforms: draft.platforms,
      dependencies: draft.dependencies,
      sharedWith: sharing.users,
      sharedWithEverybody: sharing.everybody,
    };
    if (software) update.mutate({ id: software.id, change: { ...body, ...texts } }, { onSuccess: done });
    else {
      const given = Object.fromEntries(Object.entries(texts).filter(([, value]) => value !== null));
      create.mutate({ ...body, ...given } as SoftwareInput, { onSuccess: done });
    }
  };
  const line = (name: 'version' | 'category' | 'publisher') => (
    <TextInput
      label={t(`software.${name}`)}
      dir="auto"
      maxLength={100}
      value={draft[name]}
      error={at(`/${name}`)}
      onChange={(event) => set({ [name]: event.currentTarget.value })}
    />
  );
  const free = systems.filter((system) => !draft.platforms[system]);
  return (
    <Modal
      opened
      onClose={onClose}
      size="lg"
      title={<Text fw={600}>{software ? t('software.editTitle') : t('software.new')}</Text>}
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
          <SimpleGrid cols={{ base: 1, sm: 2 }}>
            <TextInput
              label={t('software.name')}
              required
              dir="auto"
              maxLength={100}
              value={draft.name}
              error={at('/name')}
              onChange={(event) => set({ name: event.currentTarget.value })}
            />
            {line('version')}
            {line('category')}
            {line('publisher')}
          </SimpleGrid>
          <TextInput
            label={t('connections.description')}
            dir="auto"
            maxLength={1000}
            value={draft.description}
            error={at('/description')}
            onChange={(event) => set({ description: event.currentTarget.value })}
          />
          {systems.map((system) => {
            const platform = draft.platforms[system];
            if (!platform) return null;
            return (
              <PlatformFields
                key={system}
                system={system}
                platform={platform}
                error={at(`/platforms/${system}`) ?? (system === 'linux' ? at('/platforms') : undefined)}
                onChange={(next) => set({ platforms: { ...draft.platforms, [system]: next } })}
                onRemove={() => {
                  const { [system]: _, ...rest } = draft.platforms;
                  set({ platforms: rest });
                }}
              />
            );
          })}
          {free.length > 0 ? (
            <Select
              label={t('software.addSystem')}
              placeholder={t('form.choose')}
              data={free.map((system) => ({ value: system, label: t(`software.system.${system}`) }))}
              value={null}
              onChange={(system) => {
                if (system) set({ platforms: { ...draft.platforms, [system as System]: {} } });
              }}
            />
          ) : null}
          <MultiSelect
            label={t('software.needs')}
            description={t('software.needsHelp')}
            searchable
            data={(others.data?.items ?? [])
              .filter(({ id }) => id !== software?.id)
              .map((entry) => ({ value: String(entry.id), label: entry.name }))}
            value={draft.dependencies.map(String)}
            error={at('/dependencies')}
            onChange={(ids) => set({ dependencies: ids.map(Number) })}
          />
          <Group grow>
            <NumberInput
              label={t('software.minMemory')}
              min={1}
              allowDecimal={false}
              value={draft.minMemoryMb ?? ''}
              error={at('/minMemoryMb')}
              onChange={(value) => set({ minMemoryMb: value === '' ? null : Number(value) })}
            />
            <NumberInput
              label={t('software.minDisk')}
              min={1}
              allowDecimal={false}
              value={draft.minDiskMb ?? ''}
              error={at('/minDiskMb')}
              onChange={(value) => set({ minDiskMb: value === '' ? null : Number(value) })}
            />
          </Group>
          <Disclosure title={t('sharing.title')} initiallyOpen={sharing.everybody || sharing.users.length > 0}>
            <SharingFields value={sharing} onChange={setSharing} error={at('/sharedWith')} />
          </Disclosure>
          <Group justify="flex-end">
            <Button onClick={onClose}>{t('action.cancel')}</Button>
            <Button type="submit" variant="filled" loading={create.isPending || update.isPending}>
              {software ? t('action.save') : t('action.create')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function PlatformFields({
  system,
  platform,
  error,
  onChange,
  onRemove,
}: {
  system: System;
  platform: SoftwarePlatform;
  error: string | undefined;
  onChange(platform: SoftwarePlatform): void;
  onRemove(): void;
}) {
  const { t } = useTranslation();
  const files = useQuery(filesQuery);
  const hasPackages = Object.values(platform.packages ?? {}).some((names) => (names?.length ?? 0) > 0);
  const [way, setWay] = useState<'packages' | 'commands'>(
    hasPackages || (system === 'linux' && !platform.install) ? 'packages' : 'commands',
  );
  const command = (name: 'install' | 'uninstall' | 'detect') => (
    <Textarea
      label={t(`software.command.${name}`)}
      description={t(`software.commandHelp.${name}`)}
      dir="ltr"
      autosize
      minRows={1}
      maxRows={8}
      spellCheck={false}
      value={platform[name] ?? ''}
      onChange={(event) => {
        const { [name]: _, ...rest } = platform;
        onChange(event.currentTarget.value === '' ? rest : { ...rest, [name]: event.currentTarget.value });
      }}
    />
  );
  return (
    <Fieldset legend={t(`software.system.${system}`)}>
      <Stack gap="sm">
        {error ? (
          <Text c="red" fz="sm" role="alert">
            {error}
          </Text>
        ) : null}
        <Group justify="space-between">
          {system === 'linux' ? (
            <SegmentedControl
              size="xs"
              aria-label={t('software.way')}
              data={[
                { value: 'packages', label: t('software.packages') },
                { value: 'commands', label: t('software.commands') },
              ]}
              value={way}
              onChange={(next) => {
                setWay(next as typeof way);
                onChange({});
              }}
            />
          ) : (
            <span />
          )}
          <Button size="xs" onClick={onRemove}>
            {t('action.remove')}
          </Button>
        </Group>
        {way === 'packages' && system === 'linux' ? (
          managers.map((manager) => (
            <TagsInput
              key={manager}
              label={t('software.packagesOf', { manager: `\u2068${manager}\u2069` })}
              dir="ltr"
              splitChars={[',', ' ']}
              acceptValueOnBlur
              value={platform.packages?.[manager] ?? []}
              onChange={(names) => {
                const { [manager]: _, ...rest } = platform.packages ?? {};
                onChange({ packages: names.length > 0 ? { ...rest, [manager]: names } : rest });
              }}
            />
          ))
        ) : (
          <>
            <Select
              label={t('software.file')}
              description={t('software.fileHelp')}
              searchable
              clearable
              clearButtonProps={{ 'aria-label': t('action.clear') }}
              data={(files.data?.items ?? [])
                .filter(({ state }) => state === 'ready')
                .map((file) => ({ value: String(file.id), label: file.name }))}
              value={platform.file ? String(platform.file) : null}
              onChange={(id) => {
                const { file: _, ...rest } = platform;
                onChange(id ? { ...rest, file: Number(id) } : rest);
              }}
            />
            {command('install')}
            {command('detect')}
            {command('uninstall')}
          </>
        )}
      </Stack>
    </Fieldset>
  );
}

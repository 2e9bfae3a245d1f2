import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';

export interface ConfirmProps {
  opened: boolean;
  onClose(): void;
  onConfirm(): void;
  title: string;
  children: ReactNode;
  confirmLabel: string;
  danger?: boolean;
  loading?: boolean;
  /** When given, this word has to be typed first: for damage that cannot be undone. */
  typed?: string;
}

/** A question in proportion to the damage. */
export function Confirm({
  opened,
  onClose,
  onConfirm,
  title,
  children,
  confirmLabel,
  danger,
  loading,
  typed,
}: ConfirmProps) {
  const { t } = useTranslation();
  const [word, setWord] = useState('');
  const ready = !typed || word.trim() === typed;
  const close = () => {
    setWord('');
    onClose();
  };
  return (
    <Modal
      opened={opened}
      onClose={close}
      title={<Text fw={600}>{title}</Text>}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (ready) onConfirm();
        }}
      >
        <Stack>
          <Text component="div">{children}</Text>
          {typed ? (
            <TextInput
              label={t('confirm.typeWord', { word: typed })}
              value={word}
              onChange={(event) => setWord(event.currentTarget.value)}
              autoComplete="off"
            />
          ) : null}
          <Group justify="flex-end">
            <Button onClick={close} data-autofocus={typed ? undefined : true}>
              {t('action.cancel')}
            </Button>
            <Button
              type="submit"
              variant="filled"
              color={danger ? 'red' : 'dial'}
              disabled={!ready}
              loading={loading ?? false}
            >
              {confirmLabel}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

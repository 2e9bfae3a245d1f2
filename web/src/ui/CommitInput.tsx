import { TextInput, type TextInputProps } from '@mantine/core';

/** A text that counts when Enter is pressed or the field is left, not with every letter; an empty one is no text. */
export function CommitInput({
  value,
  onCommit,
  ...rest
}: Omit<TextInputProps, 'value' | 'defaultValue' | 'onKeyDown' | 'onBlur'> & {
  value: string | undefined;
  onCommit: (value: string | undefined) => void;
}) {
  const present = value ?? '';
  return (
    <TextInput
      key={present}
      {...rest}
      defaultValue={present}
      onKeyDown={(event) => {
        if (event.key === 'Enter') onCommit(event.currentTarget.value.trim() || undefined);
      }}
      onBlur={(event) => {
        const typed = event.currentTarget.value.trim();
        if (typed !== present) onCommit(typed || undefined);
      }}
    />
  );
}

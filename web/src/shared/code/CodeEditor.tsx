import { Skeleton } from '@mantine/core';
import { lazy, Suspense } from 'react';

const Editor = lazy(() => import('./CodeMirrorEditor'));

export type CodeLanguage = 'shell' | 'python' | 'javascript' | 'sql' | 'json' | 'yaml' | 'text';

export interface CodeEditorProps {
  value: string;
  onChange?: (value: string) => void;
  language: CodeLanguage;
  label: string;
  describedBy?: string;
  invalid?: boolean;
  readOnly?: boolean;
  minLines?: number;
}

/** A code editor, fetched when first shown. */
export function CodeEditor(props: CodeEditorProps) {
  return (
    <Suspense fallback={<Skeleton height={(props.minLines ?? 6) * 20} />}>
      <Editor {...props} />
    </Suspense>
  );
}

/** The language of a script from the interpreter's name next to it. */
export function languageOf(name: unknown): CodeLanguage {
  const text = String(name ?? '').toLowerCase();
  if (/python|^py/.test(text)) return 'python';
  if (/node|javascript|^js|deno|bun/.test(text)) return 'javascript';
  if (/sql/.test(text)) return 'sql';
  if (/json/.test(text)) return 'json';
  if (/ya?ml/.test(text)) return 'yaml';
  if (/text|plain/.test(text)) return 'text';
  return 'shell';
}

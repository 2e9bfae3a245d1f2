import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import {
  bracketMatching,
  defaultHighlightStyle,
  HighlightStyle,
  indentOnInput,
  StreamLanguage,
  syntaxHighlighting,
} from '@codemirror/language';
import { Compartment, EditorState, type Extension } from '@codemirror/state';
import { drawSelection, EditorView, keymap, lineNumbers } from '@codemirror/view';
import { useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import { useEffect, useRef } from 'react';
import type { CodeEditorProps, CodeLanguage } from './CodeEditor';
import classes from './code.module.css';

const nonce = () => document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? '';

async function languageSupport(language: CodeLanguage): Promise<Extension> {
  switch (language) {
    case 'python':
      return (await import('@codemirror/lang-python')).python();
    case 'javascript':
      return (await import('@codemirror/lang-javascript')).javascript();
    case 'sql':
      return (await import('@codemirror/lang-sql')).sql();
    case 'json':
      return (await import('@codemirror/lang-json')).json();
    case 'yaml':
      return (await import('@codemirror/lang-yaml')).yaml();
    case 'shell':
      return StreamLanguage.define((await import('@codemirror/legacy-modes/mode/shell')).shell);
    case 'text':
      return [];
  }
}

/** Tokens through the palette's variables, so one style serves both schemes. */
const darkStyle = HighlightStyle.define(
  defaultHighlightStyle.specs.map((spec) => ({
    ...spec,
    ...(spec.color ? { color: `color-mix(in srgb, ${String(spec.color)} 42%, var(--mantine-color-text))` } : {}),
  })),
);

export default function CodeMirrorEditor({
  value,
  onChange,
  language,
  label,
  describedBy,
  invalid,
  readOnly,
  minLines = 6,
}: CodeEditorProps) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const changed = useRef(onChange);
  changed.current = onChange;
  const parts = useRef({
    language: new Compartment(),
    style: new Compartment(),
    content: new Compartment(),
    editable: new Compartment(),
  });
  const { colorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme('light', { getInitialValueInEffect: false });

  // biome-ignore lint/correctness/useExhaustiveDependencies: the editor is made once; later changes go through compartments
  useEffect(() => {
    if (!host.current) return;
    const { current: part } = parts;
    const editor = new EditorView({
      parent: host.current,
      state: EditorState.create({
        doc: value,
        extensions: [
          EditorView.cspNonce.of(nonce()),
          lineNumbers(),
          history(),
          drawSelection(),
          indentOnInput(),
          bracketMatching(),
          // Tab leaves the editor: people who use the keyboard must get out of it.
          keymap.of([...defaultKeymap, ...historyKeymap]),
          EditorView.lineWrapping,
          EditorView.updateListener.of((update) => {
            if (update.docChanged) changed.current?.(update.state.doc.toString());
          }),
          part.language.of([]),
          part.style.of([]),
          part.content.of([]),
          part.editable.of([]),
        ],
      }),
    });
    view.current = editor;
    return () => {
      editor.destroy();
      view.current = null;
    };
  }, []);

  useEffect(() => {
    const editor = view.current;
    if (editor && editor.state.doc.toString() !== value) {
      editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value } });
    }
  }, [value]);

  useEffect(() => {
    let current = true;
    void languageSupport(language).then((support) => {
      if (current) view.current?.dispatch({ effects: parts.current.language.reconfigure(support) });
    });
    return () => {
      current = false;
    };
  }, [language]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: `colorScheme` stands for a change of `scheme`
  useEffect(() => {
    const style = scheme === 'dark' ? syntaxHighlighting(darkStyle) : syntaxHighlighting(defaultHighlightStyle);
    view.current?.dispatch({ effects: parts.current.style.reconfigure(style) });
  }, [scheme, colorScheme]);

  useEffect(() => {
    view.current?.dispatch({
      effects: [
        parts.current.content.reconfigure(
          EditorView.contentAttributes.of({
            'aria-label': label,
            ...(describedBy ? { 'aria-describedby': describedBy } : {}),
            ...(invalid ? { 'aria-invalid': 'true' } : {}),
          }),
        ),
        parts.current.editable.reconfigure([EditorState.readOnly.of(readOnly ?? false)]),
      ],
    });
  }, [label, describedBy, invalid, readOnly]);

  return (
    <div
      ref={host}
      dir="ltr"
      className={classes.editor}
      data-invalid={invalid || undefined}
      data-lines={minLines > 10 ? 'tall' : 'short'}
    />
  );
}

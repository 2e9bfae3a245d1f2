import { type ComponentType, createContext, useContext } from 'react';
import type { FieldProps } from './FieldView';
import type { FormError } from './validate';

/** Fields drawn by somebody else, by the name of their widget: pickers that know more than a schema does. */
export type Widgets = Record<string, ComponentType<FieldProps>>;

/** An earlier job whose result can stand in the place of a value. */
export interface ResultSource {
  /** What refers to it: its word, or its number. */
  job: string | number;
  name: string;
}

export interface FormContextValue {
  /** Errors by pointer. */
  errors: Map<string, FormError>;
  /** Errors are shown for fields that were left, and for all after an attempt to go on. */
  isShown(pointer: string): boolean;
  touch(pointer: string): void;
  disabled: boolean;
  idPrefix: string;
  widgets: Widgets;
  results: ResultSource[];
}

export const FormContext = createContext<FormContextValue | null>(null);

export function useFormContext(): FormContextValue {
  const value = useContext(FormContext);
  if (!value) throw new Error('a field outside SchemaForm');
  return value;
}

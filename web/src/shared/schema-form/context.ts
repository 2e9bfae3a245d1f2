import { createContext, useContext } from 'react';
import type { FormError } from './validate';

export interface Connection {
  id: string;
  label: string;
}

export interface FormContextValue {
  /** Errors by pointer. */
  errors: Map<string, FormError>;
  /** Errors are shown for fields that were left, and for all after an attempt to go on. */
  isShown(pointer: string): boolean;
  touch(pointer: string): void;
  disabled: boolean;
  idPrefix: string;
}

export const FormContext = createContext<FormContextValue | null>(null);

export function useFormContext(): FormContextValue {
  const value = useContext(FormContext);
  if (!value) throw new Error('a field outside SchemaForm');
  return value;
}

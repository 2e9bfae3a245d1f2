import { SecretField } from '@/features/secrets/SecretField';
import type { Widgets } from '@/shared/schema-form/context';

/** Pickers in the settings of a connection. */
export const settingsWidgets: Widgets = { secret: SecretField };

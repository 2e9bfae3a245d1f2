import { FilesField, SoftwareField } from '@/features/fleet/StockFields';
import { TargetsField } from '@/features/fleet/TargetsField';
import { SecretField } from '@/features/secrets/SecretField';
import type { Widgets } from '@/shared/schema-form/context';
import { ConnectionField } from './ConnectionField';
import { TableField } from './TableField';

/** Pickers in the parameters of a job. */
export const jobWidgets: Widgets = {
  secret: SecretField,
  connection: ConnectionField,
  table: TableField,
  targets: TargetsField,
  files: FilesField,
  software: SoftwareField,
};

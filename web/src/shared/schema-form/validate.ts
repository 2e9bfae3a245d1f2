/**
 * Checks a value while it is typed, without `eval`, so it works under a strict Content-Security-Policy.
 * The server checks again and has the last word.
 */
import { type Schema as LibrarySchema, type OutputUnit, Validator } from '@cfworker/json-schema';
import { type Field, resolveRef, type Schema, variantOf } from './model';
import { step, valueAt } from './pointer';
import { isReferenceAt } from './reference';

export interface FormError {
  pointer: string;
  /** The keyword of JSON Schema that failed, or `server`. */
  code: string;
  /** The limit or pattern it failed against, for the message. */
  limit?: string | number;
  /** Words of the server, shown as they are. */
  detail?: string;
}

/** Narrows tagged unions to the alternative the value chose; otherwise each alternative would complain. */
export function narrow(field: Field, value: unknown): Schema {
  if (field.kind === 'variants') {
    const chosen = variantOf(field, value);
    if (!chosen) return { type: 'object', required: [field.variants[0]?.tag ?? 'type'] };
    const narrowed = narrow(chosen.field, value);
    if (field.members.length === 0) return narrowed;
    const { oneOf: _o, anyOf: _a, ...own } = field.schema;
    return {
      ...own,
      properties: { ...own.properties, ...narrowed.properties },
      required: [...(own.required ?? []), ...(narrowed.required ?? [])],
    };
  }
  if (field.kind === 'object') {
    const members = value && typeof value === 'object' ? (value as Record<string, unknown>) : {};
    const properties: Record<string, Schema> = {};
    for (const member of field.members) {
      const schema = narrow(member, members[member.name]);
      properties[member.name] = member.nullable ? { anyOf: [schema, { type: 'null' }] } : schema;
    }
    return { ...field.schema, properties };
  }
  return field.schema;
}

export function validate(field: Field, root: Schema, value: unknown): FormError[] {
  const schema: Schema = { ...narrow(field, value), ...(root.$defs ? { $defs: root.$defs } : {}) };
  let units: OutputUnit[];
  try {
    units = new Validator(schema as LibrarySchema, '2020-12', false).validate(value ?? {}).errors;
  } catch {
    // A schema outside the subset is the server's to judge.
    return [];
  }
  const errors = new Map<string, FormError>();
  for (const unit of units) {
    if (wrappers.has(unit.keyword)) continue;
    const error = toFormError(unit, schema);
    // What stands for a value is not yet the value.
    if (isReferenceAt(value, error.pointer)) continue;
    if (!errors.has(error.pointer)) errors.set(error.pointer, error);
  }
  return [...errors.values()];
}

/** Keywords that only say "something below is wrong". */
const wrappers = new Set([
  'properties',
  'items',
  'prefixItems',
  '$ref',
  'allOf',
  'anyOf',
  'oneOf',
  'if',
  'then',
  'else',
  'patternProperties',
  'dependentSchemas',
  'false',
]);

function toFormError(unit: OutputUnit, schema: Schema): FormError {
  const pointer = decodeURIComponent(unit.instanceLocation.replace(/^#/, ''));
  const named = /"([^"]*)"/.exec(unit.error)?.[1];
  if (unit.keyword === 'required' && named !== undefined) return { pointer: pointer + step(named), code: 'required' };
  if (unit.keyword === 'additionalProperties' && named !== undefined)
    return { pointer: pointer + step(named), code: 'additionalProperties' };
  const limit = limitAt(schema, unit.keywordLocation);
  return { pointer, code: unit.keyword, ...(typeof limit === 'string' || typeof limit === 'number' ? { limit } : {}) };
}

/** Follows a keyword's location through references to its value in the schema. */
function limitAt(root: Schema, location: string): unknown {
  let current: unknown = root;
  for (const part of decodeURIComponent(location.replace(/^#\/?/, '')).split('/')) {
    if (!current || typeof current !== 'object') return undefined;
    if (part === '$ref') {
      current = resolveRef(current as Schema, root);
      continue;
    }
    current = valueAt(current, `/${part}`);
  }
  return current;
}

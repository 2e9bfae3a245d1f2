/**
 * Reads a JSON Schema (2020-12, the documented subset) into a tree of fields a form can draw.
 * Nothing here knows React, so the reading is tested on its own.
 */

export interface Schema {
  [key: string]: unknown;
  $ref?: string;
  $defs?: Record<string, Schema>;
  type?: string | string[];
  const?: unknown;
  enum?: unknown[];
  default?: unknown;
  title?: string;
  description?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  items?: Schema;
  oneOf?: Schema[];
  anyOf?: Schema[];
  allOf?: Schema[];
  format?: string;
  'x-ui'?: FieldUi;
}

export interface Pair {
  en?: string;
  ar?: string;
}

export interface FieldUi {
  title?: Pair;
  help?: Pair;
  group?: string;
  order?: number;
  widget?: string;
  /** Kinds of connections that the widget `connection` offers. */
  kinds?: string[];
  ltr?: boolean;
  language?: string;
  options?: Record<string, Pair>;
}

export type FieldKind =
  | 'string'
  | 'number'
  | 'integer'
  | 'boolean'
  | 'enum'
  | 'array'
  | 'map'
  | 'object'
  | 'variants'
  | 'constant'
  | 'any';

export interface Option {
  value: unknown;
  label: Pair;
}

export interface Field {
  name: string;
  kind: FieldKind;
  schema: Schema;
  title: Pair;
  help: Pair;
  ui: FieldUi;
  required: boolean;
  nullable: boolean;
  /** Members of an object, in display order. */
  members: Field[];
  /** What the items of an array or the values of a map look like. */
  item: Field | null;
  /** Alternatives of a tagged union; the tag is a member with a constant. */
  variants: Variant[];
  /** Choices of an enum. */
  options: Option[];
}

export interface Variant {
  tag: string;
  value: unknown;
  label: Pair;
  field: Field;
}

/** A schema may refer to itself; a form stops drawing there and offers raw JSON. */
const maxDepth = 8;

export function readSchema(root: Schema): Field {
  return readField('', root, root, true, 0);
}

export function resolveRef(schema: Schema, root: Schema): Schema {
  let current = schema;
  for (let hops = 0; typeof current.$ref === 'string' && hops < 16; hops += 1) {
    if (!current.$ref.startsWith('#/')) return current;
    let target: unknown = root;
    for (const step of current.$ref.slice(2).split('/')) {
      const key = step.replaceAll('~1', '/').replaceAll('~0', '~');
      target = target && typeof target === 'object' ? (target as Record<string, unknown>)[key] : undefined;
    }
    if (!target || typeof target !== 'object') return current;
    const { $ref: _, ...beside } = current;
    current = { ...(target as Schema), ...beside };
  }
  return current;
}

/** Takes `null` out of a type, and `anyOf: [X, null]` apart, as generators write optional members. */
function withoutNull(schema: Schema, root: Schema): { schema: Schema; nullable: boolean } {
  if (Array.isArray(schema.type)) {
    const types = schema.type.filter((type) => type !== 'null');
    return {
      schema: { ...schema, type: types.length === 1 ? (types[0] as string) : types },
      nullable: types.length < schema.type.length,
    };
  }
  const union = schema.anyOf ?? schema.oneOf;
  if (union) {
    const rest = union.filter((option) => option.type !== 'null');
    if (rest.length < union.length && rest.length === 1) {
      const { anyOf: _a, oneOf: _o, ...beside } = schema;
      return { schema: { ...resolveRef(rest[0] as Schema, root), ...beside }, nullable: true };
    }
  }
  return { schema, nullable: false };
}

function pairOf(text: unknown): Pair {
  return typeof text === 'string' ? { en: text, ar: text } : {};
}

/** "connect_timeout" and "connectTimeout" as "Connect timeout", for schemas without titles. */
export function humanize(name: string): string {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/[_-]+/g, ' ')
    .trim()
    .toLowerCase();
  return words ? words[0]?.toUpperCase() + words.slice(1) : name;
}

function readField(name: string, given: Schema, root: Schema, required: boolean, depth: number): Field {
  const { schema, nullable } = withoutNull(resolveRef(given, root), root);
  const ui: FieldUi = schema['x-ui'] ?? {};
  const field: Field = {
    name,
    kind: 'any',
    schema,
    title: ui.title ?? pairOf(schema.title ?? (name ? humanize(name) : undefined)),
    help: ui.help ?? pairOf(schema.description),
    ui,
    required,
    nullable,
    members: [],
    item: null,
    variants: [],
    options: [],
  };
  if (depth > maxDepth) return field;

  if ('const' in schema) return { ...field, kind: 'constant' };
  const options = readOptions(schema, root);
  if (options) return { ...field, kind: 'enum', options };
  const union = schema.oneOf ?? schema.anyOf;
  if (union && union.length > 0) {
    const variants = readVariants(name, union, root, depth);
    if (variants)
      return {
        ...field,
        kind: 'variants',
        variants,
        members: schema.properties ? readMembers(schema, root, depth) : [],
      };
    return field;
  }
  const type = typeof schema.type === 'string' ? schema.type : schema.properties ? 'object' : '';
  switch (type) {
    case 'string':
    case 'boolean':
    case 'number':
    case 'integer':
      return { ...field, kind: type };
    case 'array':
      return { ...field, kind: 'array', item: readField('', schema.items ?? {}, root, true, depth + 1) };
    case 'object': {
      if (schema.properties && Object.keys(schema.properties).length > 0) {
        return { ...field, kind: 'object', members: readMembers(schema, root, depth) };
      }
      if (schema.additionalProperties === false) return { ...field, kind: 'object' };
      const values = typeof schema.additionalProperties === 'object' ? schema.additionalProperties : {};
      return { ...field, kind: 'map', item: readField('', values, root, true, depth + 1) };
    }
    default:
      return field;
  }
}

function readMembers(schema: Schema, root: Schema, depth: number): Field[] {
  const required = new Set(schema.required ?? []);
  const members = Object.entries(schema.properties ?? {}).map(([name, member]) =>
    readField(name, member, root, required.has(name), depth + 1),
  );
  const order = (field: Field, index: number) => field.ui.order ?? 1_000_000 + index;
  return members
    .map((field, index) => ({ field, at: order(field, index) }))
    .sort((a, b) => a.at - b.at)
    .map(({ field }) => field);
}

function readOptions(schema: Schema, root: Schema): Option[] | null {
  const labels = schema['x-ui']?.options ?? {};
  const label = (value: unknown, fallback?: string): Pair => labels[String(value)] ?? pairOf(fallback ?? String(value));
  if (Array.isArray(schema.enum)) {
    return schema.enum.filter((value) => value !== null).map((value) => ({ value, label: label(value) }));
  }
  const union = schema.oneOf ?? schema.anyOf;
  if (!union || union.length === 0) return null;
  const options: Option[] = [];
  for (const entry of union) {
    const option = resolveRef(entry, root);
    if ('const' in option && typeof option.const !== 'object') {
      options.push({ value: option.const, label: option['x-ui']?.title ?? label(option.const, option.title) });
    } else if (Array.isArray(option.enum)) {
      for (const value of option.enum) options.push({ value, label: label(value) });
    } else return null;
  }
  return options;
}

function readVariants(name: string, union: Schema[], root: Schema, depth: number): Variant[] | null {
  const objects = union.map((entry) => resolveRef(entry, root));
  const first = objects[0];
  const tag = Object.entries(first?.properties ?? {}).find(
    ([, member]) => tagValue(resolveRef(member, root)) !== undefined,
  )?.[0];
  if (!tag) return null;
  const variants: Variant[] = [];
  for (const option of objects) {
    const member = option.properties?.[tag];
    const value = member ? tagValue(resolveRef(member, root)) : undefined;
    if (value === undefined) return null;
    const field = readField(name, option, root, true, depth + 1);
    variants.push({
      tag,
      value,
      label: option['x-ui']?.title ?? pairOf(option.title ?? humanize(String(value))),
      field,
    });
  }
  return variants;
}

function tagValue(schema: Schema): unknown {
  if ('const' in schema) return schema.const;
  return Array.isArray(schema.enum) && schema.enum.length === 1 ? schema.enum[0] : undefined;
}

/** What a fresh form starts with: the schema's defaults, constants, and the members that have to be there. */
export function initialValue(field: Field): unknown {
  if ('const' in field.schema) return field.schema.const;
  if (field.schema.default !== undefined) return structuredClone(field.schema.default);
  if (field.kind === 'object') {
    const value: Record<string, unknown> = {};
    for (const member of field.members) {
      const start = initialValue(member);
      if (start !== undefined && (member.required || member.schema.default !== undefined || member.kind === 'constant'))
        value[member.name] = start;
    }
    return value;
  }
  if (!field.required) return undefined;
  if (field.kind === 'variants') return initialValue(field.variants[0]?.field ?? field);
  if (field.kind === 'array') return [];
  if (field.kind === 'map') return {};
  return undefined;
}

/** The alternative that a value belongs to, by its tag. */
export function variantOf(field: Field, value: unknown): Variant | undefined {
  const member = value && typeof value === 'object' ? (value as Record<string, unknown>) : {};
  return field.variants.find(({ tag, value: expected }) => member[tag] === expected);
}

/** Sections of an object's members, in the order their first member comes. Members without a group stand first. */
export function groupMembers(members: Field[]): { group: string; members: Field[] }[] {
  const groups = new Map<string, Field[]>();
  for (const member of members) {
    const group = member.ui.group ?? '';
    const list = groups.get(group);
    if (list) list.push(member);
    else groups.set(group, [member]);
  }
  return [...groups].map(([group, list]) => ({ group, members: list })).sort((a, b) => rank(a.group) - rank(b.group));
}

function rank(group: string): number {
  if (group === '' || group === 'basic') return 0;
  return group === 'advanced' ? 2 : 1;
}

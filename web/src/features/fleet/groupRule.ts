/** The rule of a group as a list of comparisons, which is what most rules are; anything deeper is edited as JSON. */

export const operators = [
  'eq',
  'ne',
  'in',
  'contains',
  'startsWith',
  'endsWith',
  'exists',
  'lt',
  'lte',
  'gt',
  'gte',
] as const;
export type Operator = (typeof operators)[number];

export interface Test {
  field: string;
  op: Operator;
  /** As typed; a list is separated by commas. */
  text: string;
}

export interface SimpleRule {
  match: 'all' | 'any';
  tests: Test[];
}

/** Fields that every agent reports, for suggestions. */
export const commonFields = [
  'name',
  'status',
  'tags',
  'facts.hostname',
  'facts.os',
  'facts.osVersion',
  'facts.arch',
  'facts.cpus',
  'facts.memoryTotal',
];

export const emptyRule: SimpleRule = { match: 'all', tests: [{ field: 'tags', op: 'contains', text: '' }] };

const numeric = new Set<Operator>(['lt', 'lte', 'gt', 'gte']);

export function readRule(rule: unknown): SimpleRule | null {
  if (!rule || typeof rule !== 'object' || Array.isArray(rule)) return null;
  const entries = Object.entries(rule);
  const [first] = entries;
  if (entries.length === 1 && first && (first[0] === 'all' || first[0] === 'any') && Array.isArray(first[1])) {
    const tests = first[1].map(readTest);
    return tests.every((test) => test !== null) ? { match: first[0], tests: tests as Test[] } : null;
  }
  const test = readTest(rule);
  return test ? { match: 'all', tests: [test] } : null;
}

function readTest(rule: unknown): Test | null {
  if (!rule || typeof rule !== 'object') return null;
  const { field, op, value, ...rest } = rule as Record<string, unknown>;
  const operator = operators.find((known) => known === op);
  if (typeof field !== 'string' || !operator || Object.keys(rest).length > 0) return null;
  if (Array.isArray(value)) {
    const plain = value.every((one) => typeof one === 'string' && !one.includes(','));
    return operator === 'in' && plain ? { field, op: operator, text: value.join(', ') } : null;
  }
  if (operator === 'in' || (value !== null && typeof value === 'object')) return null;
  // A text that looks like a number would come back as one.
  const text = value === undefined || value === null ? '' : String(value);
  return operator === 'exists' || comparedWith({ field, op: operator, text }) === value
    ? { field, op: operator, text }
    : null;
}

export function writeRule({ match, tests }: SimpleRule): Record<string, unknown> {
  return {
    [match]: tests.map((test) => ({
      field: test.field.trim(),
      op: test.op,
      ...(test.op === 'exists' ? {} : { value: comparedWith(test) }),
    })),
  };
}

function comparedWith({ op, text }: Test): unknown {
  if (op === 'in')
    return text
      .split(/[,،]/)
      .map((part) => part.trim())
      .filter(Boolean);
  const trimmed = text.trim();
  if (trimmed === 'true') return true;
  if (trimmed === 'false') return false;
  const asNumber = numeric.has(op) || op === 'eq' || op === 'ne';
  return asNumber && trimmed !== '' && Number.isFinite(Number(trimmed)) ? Number(trimmed) : text;
}

/** Whether every comparison has what it needs. */
export function isComplete({ tests }: SimpleRule): boolean {
  return (
    tests.length > 0 &&
    tests.every(({ field, op, text }) => field.trim() !== '' && (op === 'exists' || text.trim() !== ''))
  );
}

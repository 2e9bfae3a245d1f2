// Cuts one large module of a library into two files, so that no chunk of the page is larger than its budget. The later
// part imports what it needs from the earlier one; the earlier one knows nothing of the later. Where the module cannot be
// cut so, the build fails rather than guess.
import { parseAst } from 'vite';

const later = '?later-part';

/** Names that a pattern declares. */
function declared(node, names = []) {
  if (!node) return names;
  if (node.type === 'Identifier') names.push(node.name);
  else if (node.type === 'ObjectPattern')
    for (const part of node.properties) declared(part.value ?? part.argument, names);
  else if (node.type === 'ArrayPattern') for (const part of node.elements) declared(part, names);
  else if (node.type === 'AssignmentPattern') declared(node.left, names);
  else if (node.type === 'RestElement') declared(node.argument, names);
  return names;
}

function declaredBy(statement) {
  if (statement.type === 'FunctionDeclaration' || statement.type === 'ClassDeclaration') return [statement.id.name];
  if (statement.type === 'VariableDeclaration') return statement.declarations.flatMap(({ id }) => declared(id));
  return [];
}

/** Every identifier in a tree, and those that are assigned to. More than are references: that only makes the cut safer. */
function mentioned(node, found = { read: new Set(), written: new Set() }) {
  if (Array.isArray(node)) {
    for (const part of node) mentioned(part, found);
  } else if (node && typeof node === 'object') {
    if (node.type === 'Identifier') found.read.add(node.name);
    if (node.type === 'AssignmentExpression') for (const name of declared(node.left)) found.written.add(name);
    if (node.type === 'UpdateExpression') for (const name of declared(node.argument)) found.written.add(name);
    for (const [key, value] of Object.entries(node)) {
      // A member's name is no reference.
      if (key === 'property' && node.type === 'MemberExpression' && !node.computed) continue;
      if (key === 'key' && !node.computed) continue;
      if (value && typeof value === 'object') mentioned(value, found);
    }
  }
  return found;
}

/** The two parts of a source: `share` of its text in the first, or less where a later statement is needed earlier. */
export function cut(source, share, self) {
  const { body } = parseAst(source);
  const imports = body.filter(({ type }) => type === 'ImportDeclaration');
  const exported = body.filter(({ type }) => type.startsWith('Export'));
  const plain = body.filter((statement) => !imports.includes(statement) && !exported.includes(statement));
  const facts = plain.map((statement) => ({ statement, names: declaredBy(statement), ...mentioned(statement) }));
  const owner = new Map(facts.flatMap((fact) => fact.names.map((name) => [name, fact])));
  const text = ({ start, end }) => source.slice(start, end);

  // The end of the module goes to the later part, except what the rest needs, directly or through others.
  const wanted = source.length * share;
  const early = new Set();
  const take = (fact) => {
    if (early.has(fact)) return;
    early.add(fact);
    for (const name of [...fact.read, ...fact.written]) if (owner.has(name)) take(owner.get(name));
  };
  for (const fact of facts) if (fact.statement.start < wanted) take(fact);
  // Only the part that declares a variable may assign to it, and what has effects of its own stays where it was.
  for (const fact of facts) {
    if (fact.names.length === 0) take(fact);
    for (const name of fact.written) if (owner.has(name) && early.has(owner.get(name))) take(fact);
  }
  const first = facts.filter((fact) => early.has(fact));
  const second = facts.filter((fact) => !early.has(fact));
  if (second.length === 0) throw new Error(`${self} cannot be cut in two`);

  const secondNames = new Set(second.flatMap(({ names }) => names));
  const needed = [
    ...new Set(second.flatMap(({ read }) => [...read]).filter((name) => owner.has(name) && !secondNames.has(name))),
  ];
  const outside = [];
  for (const statement of exported) {
    if (statement.declaration || statement.source || !statement.specifiers) throw new Error(`${self}: unknown export`);
    for (const { local, exported: as } of statement.specifiers) outside.push([local.name, as.name]);
  }
  const hidden = (name) => `__part_${name}`;
  const head = imports.map(text).join('\n');
  const names = (list) => list.map(([name, as]) => (name === as ? name : `${name} as ${as}`)).join(', ');
  const inFirst = outside.filter(([name]) => !secondNames.has(name));
  const inSecond = outside.filter(([name]) => secondNames.has(name));
  return {
    first: `${head}\n${first.map(({ statement }) => text(statement)).join('\n')}\nexport { ${names([
      ...inFirst,
      ...needed.map((name) => [name, hidden(name)]),
    ])} };\nexport { ${names(inSecond.map(([, as]) => [as, as]))} } from ${JSON.stringify(self + later)};\n`,
    second: `${head}\nimport { ${needed.map((name) => `${hidden(name)} as ${name}`).join(', ')} } from ${JSON.stringify(
      self,
    )};\n${second.map(({ statement }) => text(statement)).join('\n')}\nexport { ${names(inSecond)} };\n`,
  };
}

/** Cuts the modules whose path matches; `share` of the text stays in the first part. */
export function splitModule(pattern, share) {
  return {
    name: 'split-module',
    apply: 'build',
    enforce: 'pre',
    resolveId(id) {
      return id.endsWith(later) ? { id, moduleSideEffects: false } : null;
    },
    async load(id) {
      if (!id.endsWith(later)) return null;
      const self = id.slice(0, -later.length);
      const { readFile } = await import('node:fs/promises');
      return { code: cut(await readFile(self, 'utf8'), share, self).second, moduleSideEffects: false };
    },
    transform(code, id) {
      return pattern.test(id) ? { code: cut(code, share, id).first, map: null, moduleSideEffects: false } : null;
    },
  };
}

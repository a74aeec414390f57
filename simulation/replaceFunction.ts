/** Replaces a piece of a module in the workflows' bundle. @throws where it is not there (any more), or not once. */
export function replaceCode(code: string, module: string, from: string, to: string): string {
  const [start, end] = moduleIn(code, module);
  const text = code.slice(start, end);
  if (text.split(from).length !== 2)
    throw new Error(`${module} has not once \`${from}\`: plant the bug anew in what the code has become`);
  return code.slice(0, start) + text.replace(from, () => to) + code.slice(end);
}

/** Replaces a whole function, named by how its first line begins. */
export function replaceFunction(code: string, module: string, begins: string, to: string): string {
  const [start, end] = moduleIn(code, module);
  const lines = code.slice(start, end).split('\n');
  const first = lines.findIndex((line) => line.trimStart().startsWith(begins));
  const indent = /^ */.exec(lines[first] ?? '')?.[0] ?? '';
  const last = lines.findIndex((line, i) => i > first && line === `${indent}}`);
  if (first === -1 || last === -1) throw new Error(`${module} has no \`${begins}\` any more: plant the bug anew`);
  lines.splice(first, last - first + 1, indent + to);
  return code.slice(0, start) + lines.join('\n') + code.slice(end);
}

function moduleIn(code: string, module: string): [start: number, end: number] {
  const start = code.indexOf(`src/${module}.js"\n/*!`);
  if (start === -1) throw new Error(`the bundle has no module ${module} any more`);
  const end = code.indexOf('\n/***/ "', start);
  return [start, end === -1 ? code.length : end];
}

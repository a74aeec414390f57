import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { preProcessFile } from 'typescript';

/** Files by the files that they import, types included. */
export type ImportGraph = ReadonlyMap<string, readonly string[]>;

/** The graph of all sources in a folder, without what is imported from outside; paths are relative to the folder. */
export function importGraph(folder: string): ImportGraph {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  return new Map(files.map((file) => [file, importsOf(folder, file)]));
}

function importsOf(folder: string, file: string): string[] {
  const { importedFiles } = preProcessFile(readFileSync(path.join(folder, file), 'utf8'));
  return importedFiles
    .filter(({ fileName }) => fileName.startsWith('.'))
    .flatMap(({ fileName }) => {
      const target = path.join(path.dirname(file), fileName);
      return [`${target}.ts`, path.join(target, 'index.ts')].filter((found) => existsSync(path.join(folder, found)));
    });
}

/** The files of a cycle, each importing the next and the last one the first; null where there is no cycle. */
export function cycleOf(graph: ImportGraph): readonly string[] | null {
  const done = new Set<string>();
  const trail: string[] = [];
  const visit = (file: string): readonly string[] | null => {
    if (trail.includes(file)) return trail.slice(trail.indexOf(file));
    if (done.has(file)) return null;
    trail.push(file);
    for (const imported of graph.get(file) ?? []) {
      const cycle = visit(imported);
      if (cycle !== null) return cycle;
    }
    trail.pop();
    done.add(file);
    return null;
  };
  for (const file of graph.keys()) {
    const cycle = visit(file);
    if (cycle !== null) return cycle;
  }
  return null;
}

// The rules about imports: layers, packages, feature levels, cycles, complete lists, the one door to processes.
import { posix } from 'node:path';
import { type Apart, apart, featureLevels, findLayer, type Layer, lists, mayImport } from './layers.ts';
import type { Import, Source } from './source.ts';

/** Workspace packages, the folder of each, and the layer that an import by package name means. */
const workspace: Readonly<Record<string, string>> = {
  '@muster/protocol': 'protocol/src/',
  '@muster/agent': 'agent/src/',
  '@muster/server': 'server/src/',
  '@muster/cli': 'server/cli/src/',
};

/** What a package may be imported by from outside: its `exports`. */
const entrances: Readonly<Record<string, string>> = {
  '@muster/protocol': 'protocol/src/index.ts',
  '@muster/protocol/commands': 'protocol/src/commands/index.ts',
  '@muster/protocol/language': 'protocol/src/policy/language/index.ts',
  '@muster/protocol/policy': 'protocol/src/policy/index.ts',
  '@muster/protocol/windows': 'protocol/src/policy/windows/index.ts',
  '@muster/protocol/schemas': 'protocol/src/schemas.ts',
  '@muster/protocol/testing': 'protocol/src/signing/testing/authenticator.ts',
  '@muster/agent/executor': 'agent/src/executor/testing/simulation.ts',
  '@muster/cli/api-types': 'server/cli/src/api/schema.d.ts',
  '@muster/cli/draft-plan': 'server/cli/src/policy/draft-plan.ts',
  '@muster/cli/judged': 'server/cli/src/policy/judged.ts',
  '@muster/cli/parse-policies': 'server/cli/src/policy/parse-policies.ts',
  '@muster/cli/place': 'server/cli/src/policy/place.ts',
  '@muster/server': 'server/src/index.ts',
  '@muster/server/testing': 'server/src/features/signin/testing/authenticator.ts',
};

/** Imports that the table of layers does not allow. */
export function findBreaches(sources: readonly Source[]): string[] {
  return sources.flatMap((source) =>
    source.imports.flatMap((entry) => {
      const reason = judgeImport(source, entry);
      return reason === undefined ? [] : [`${source.path}:${entry.line} ${reason}`];
    }),
  );
}

function judgeImport(source: Source, { specifier }: Import): string | undefined {
  const layer = findLayer(source.path);
  if (!layer)
    return isTooling(source.path) ? undefined : 'lies in no layer; add its folder to the table in layers.ts';
  const target = resolveImport(source.path, specifier);
  if (target === undefined) return judgePackage(source, layer, specifier);
  const aim = findLayer(target);
  if (!aim) return `imports ${specifier}, which lies in no layer`;
  if (crossesPackages(source.path, target) && specifier.startsWith('.')) {
    return `imports ${specifier} of another package by its path; import the package by its name`;
  }
  if (source.isTest) return judgeTest(source, layer, aim);
  if (target.includes('/testing/')) return `may not import ${target}: only tests may`;
  return judgeLayers(source.path, target, { layer, aim });
}

/** Build scripts are run by hand or by `pnpm`, they are part of no program. */
function isTooling(path: string): boolean {
  return /(?:^|\/)tooling\//.test(path);
}

function judgeLayers(
  path: string,
  target: string,
  { layer, aim }: { layer: Layer; aim: Layer },
): string | undefined {
  if (layer === aim) return judgeSameLayer(path, target, layer);
  if (!mayImport(layer, aim))
    return `may not import ${target}: the layer '${layer.name}' does not build on '${aim.name}'`;
  if (aim.name === 'server/features' && posix.basename(target) !== 'index.ts') {
    return `may not import ${target}: outside its feature only index.ts is public`;
  }
  return undefined;
}

/** Test files see their own package and those it builds on, never the agent from the server or the other way. */
function judgeTest(source: Source, layer: Layer, aim: Layer): string | undefined {
  const own = packageOf(layer.name);
  const other = packageOf(aim.name);
  const allowed = own === other || own === 'test' || other === 'protocol';
  return allowed
    ? undefined
    : `a test of ${own} may not import ${other}; put it under test/src (${source.path})`;
}

function packageOf(layer: string): string {
  return layer.split('/')[0] ?? layer;
}

function judgeSameLayer(path: string, target: string, layer: Layer): string | undefined {
  if (layer.name === 'server/features') return judgeFeatures(path, target);
  const rule = apart.find((entry) => entry.layer === layer.name);
  if (!rule || path === rule.list || isShared(target, rule)) return undefined;
  if (target === rule.list) return `may not import ${target}: the list names the files, they do not know it`;
  const folder = layer.paths[0] ?? '';
  const inParts = target.slice(folder.length).includes('/');
  return inParts ? undefined : `may not import ${target}: files of '${layer.name}' do not know each other`;
}

function isShared(path: string, { shared, list }: Apart): boolean {
  return posix.dirname(path) === posix.dirname(list) && shared.includes(posix.basename(path));
}

/** A feature builds only on features of a lower level, and only on their public surface. */
function judgeFeatures(path: string, target: string): string | undefined {
  const own = featureOf(path);
  const other = featureOf(target);
  if (own === other) return undefined;
  const ownLevel = featureLevels[own];
  const otherLevel = featureLevels[other];
  if (ownLevel === undefined || otherLevel === undefined) return undefined; // findUnknownFeatures says it once
  if (otherLevel >= ownLevel) {
    return `may not import ${target}: '${own}' (level ${ownLevel}) builds only on lower levels, '${other}' has ${otherLevel}`;
  }
  return posix.basename(target) === 'index.ts'
    ? undefined
    : `may not import ${target}: outside its feature only index.ts is public`;
}

function featureOf(path: string): string {
  return path.slice('server/src/features/'.length).split('/')[0] ?? '';
}

/** Features that the table of levels does not know. */
export function findUnknownFeatures(sources: readonly Source[]): string[] {
  const names = new Set(
    sources
      .filter(({ path }) => /^server\/src\/features\/[^/]+\//.test(path))
      .map(({ path }) => featureOf(path)),
  );
  return [...names]
    .filter((name) => featureLevels[name] === undefined)
    .map((name) => `server/src/features/${name}:1 has no level; add it to featureLevels in layers.ts`);
}

function judgePackage(source: Source, layer: Layer, specifier: string): string | undefined {
  if (workspace[rootOf(specifier)]) return `imports ${specifier}, which the package does not offer`;
  if (source.isTest) return undefined;
  const name = specifier.startsWith('node:') ? 'node' : rootOf(specifier);
  const allowed = layer.packages.some((entry) =>
    entry.endsWith('/*') ? name.startsWith(entry.slice(0, -1)) : entry === name || entry === '*',
  );
  return allowed
    ? undefined
    : `may not import ${specifier}: the layer '${layer.name}' has no '${name}' in the table`;
}

/** Name of the package that an import comes from, without the path inside it. */
function rootOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/** The file an import means, from the root of the repository; nothing for outside packages. */
function resolveImport(path: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return posix.join(posix.dirname(path), specifier);
  const entrance = entrances[specifier];
  if (entrance !== undefined) return entrance;
  // compiled files of the agent and the CLI, which the whole-system tests start or load
  const name = rootOf(specifier);
  const folder = name === '@muster/agent' || name === '@muster/cli' ? workspace[name] : undefined;
  const inside = specifier.slice(name.length + 1);
  if (folder === undefined || !/^dist\/.*\.js$/.test(inside)) return undefined;
  return folder + inside.replace(/^dist\//, '').replace(/\.js$/, '.ts');
}

function crossesPackages(path: string, target: string): boolean {
  return homeOf(path) !== homeOf(target);
}

function homeOf(path: string): string {
  return path.split('/src/')[0] ?? path;
}

/** Files of one package that import `child_process`, when there is more than one door. */
export function findDoors(sources: readonly Source[]): string[] {
  const users = sources.filter(
    (source) => !source.isTest && !isTooling(source.path) && startsProcesses(source),
  );
  return users
    .filter((source) => users.some((other) => other !== source && homeOf(other.path) === homeOf(source.path)))
    .map(
      (source) => `${source.path}:${lineOfProcesses(source)} imports child_process; one file a package may`,
    );
}

function startsProcesses(source: Source): boolean {
  return lineOfProcesses(source) > 0;
}

function lineOfProcesses(source: Source): number {
  return source.imports.find(({ specifier }) => /^(?:node:)?child_process$/.test(specifier))?.line ?? 0;
}

/** Files that the list of their folder does not name, and members of side-by-side layers that no test imports. */
export function findUnlisted(sources: readonly Source[]): string[] {
  const members = apart.flatMap((rule) => {
    const { list } = rule;
    const files = listMembers(sources, posix.dirname(list));
    return files.filter((path) => path !== list && !isShared(path, rule)).map((path) => ({ path, list }));
  });
  const data = lists.flatMap(({ folder, list }) =>
    listMembers(sources, folder).map((path) => ({ path, list })),
  );
  const untested = members.filter(({ path, list }) => !importsOf(testsBeside(sources, list)).has(path));
  return [
    ...[...members, ...data]
      .filter(({ path, list }) => !importsOf(sources.filter((source) => source.path === list)).has(path))
      .map(({ path, list }) => `${path}:1 is not named in ${list}`),
    ...untested.map(({ path, list }) => `${path}:1 is imported by no test in ${posix.dirname(list)}`),
  ];
}

function listMembers(sources: readonly Source[], folder: string): string[] {
  return sources
    .filter(({ path, isTest }) => !isTest && posix.dirname(path) === folder)
    .map(({ path }) => path);
}

function testsBeside(sources: readonly Source[], list: string): Source[] {
  return sources.filter(({ path, isTest }) => isTest && path.startsWith(`${posix.dirname(list)}/`));
}

function importsOf(sources: readonly Source[]): Set<string | undefined> {
  return new Set(
    sources.flatMap(({ path, imports }) => imports.map(({ specifier }) => resolveImport(path, specifier))),
  );
}

/** Circles of imports, each told once; imports of types count too, because a reader walks them as well. */
export function findCycles(sources: readonly Source[]): string[] {
  const graph = new Map(sources.map((source) => [source.path, importsOf([source])]));
  const done = new Set<string>();
  const found: string[] = [];
  function walk(path: string, trail: readonly string[]): void {
    const start = trail.indexOf(path);
    if (start >= 0) {
      found.push(`${path}:1 imports itself in a circle: ${[...trail.slice(start), path].join(' → ')}`);
    } else if (!done.has(path)) {
      for (const next of graph.get(path) ?? [])
        if (next !== undefined && graph.has(next)) walk(next, [...trail, path]);
      done.add(path);
    }
  }
  for (const path of graph.keys()) walk(path, []);
  return found;
}

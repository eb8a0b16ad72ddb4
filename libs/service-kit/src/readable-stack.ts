/**
 * Stack traces by the lines of our sources. Node would do it by itself (`--enable-source-maps`), but reads the whole map as
 * soon as anything asks an error for its stack, as every socket that a peer closes and NATS do: a tenth of a second in
 * which each process does nothing else, for traces that nobody prints.
 */
import { existsSync, readFileSync } from 'node:fs';
import { SourceMap, type SourceMapPayload } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** By file; undefined for one that has no map beside it. */
const maps = new Map<string, SourceMap | undefined>();

const PLACE = /(file:\/\/\/?|\/)([^\s:()]+):(\d+):(\d+)/g;

/** The trace with every place of a bundle replaced by the one it was made of; all others stay as they are. */
export function readableStack(stack: string): string {
  return stack.replace(PLACE, (place, root: string, path: string, line: string, column: string) => {
    const file = root === '/' ? `/${path}` : fileURLToPath(root + path);
    const found = mapOf(file)?.findEntry(Number(line) - 1, Number(column) - 1);
    if (found === undefined || !('originalSource' in found)) return place;
    const { originalSource, originalLine, originalColumn } = found;
    return `${join(dirname(file), originalSource)}:${originalLine + 1}:${originalColumn + 1}`;
  });
}

function mapOf(file: string): SourceMap | undefined {
  if (!maps.has(file)) maps.set(file, readMap(`${file}.map`));
  return maps.get(file);
}

function readMap(file: string): SourceMap | undefined {
  if (!existsSync(file)) return undefined;
  return new SourceMap(JSON.parse(readFileSync(file, 'utf8')) as SourceMapPayload);
}

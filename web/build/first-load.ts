/**
 * Compresses what was built beside it, so that the gateway serves it as it lies there, and prints how much a browser
 * loads before the first page stands: the entry, what it imports at once, and their styles. Over the budget it fails.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { Plugin, ResolvedConfig, Rolldown } from 'vite';

const BUDGET_BYTES = 300_000;
/** Smaller files gain nothing. */
const COMPRESSED_FROM_BYTES = 1_000;
const brotli = promisify(brotliCompress);
const zip = promisify(gzip);

export function firstLoad(): Plugin {
  let config: ResolvedConfig;
  let loaded: string[] = [];
  return {
    name: 'first-load',
    apply: 'build',
    configResolved: (resolved) => {
      config = resolved;
    },
    writeBundle: {
      handler: (_options, bundle) => {
        loaded = ['index.html', ...loadedFirst(bundle)];
      },
    },
    closeBundle: {
      order: 'post',
      handler: async () => {
        if (loaded.length === 0) return; // The build has failed.
        const folder = join(config.root, config.build.outDir);
        const sizes = await compressAll(folder);
        const bytes = loaded.reduce((sum, file) => sum + (sizes.get(file) ?? 0), 0);
        const all = [...sizes.values()].reduce((sum, size) => sum + size, 0);
        config.logger.warn(
          `Test stand: ${kilobytes(bytes)} before the first page (${loaded.length} files, brotli; at most ${kilobytes(BUDGET_BYTES)}), ${kilobytes(all)} with all pages.`,
        );
        if (bytes > BUDGET_BYTES) throw new Error(`the first load is ${bytes - BUDGET_BYTES} bytes too large`);
      },
    },
  };
}

const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(0)} kB`;

/** The entry's chunk, the chunks it imports statically, and the styles of all of them. */
function loadedFirst(bundle: Rolldown.OutputBundle): string[] {
  const found = new Set<string>();
  const add = (file: string): void => {
    const chunk = bundle[file];
    if (found.has(file) || chunk?.type !== 'chunk') return;
    found.add(file);
    for (const style of chunk.viteMetadata?.importedCss ?? []) found.add(style);
    chunk.imports.forEach(add);
  };
  for (const [file, chunk] of Object.entries(bundle)) if (chunk.type === 'chunk' && chunk.isEntry) add(file);
  return [...found];
}

/** Writes `.br` and `.gz` beside each text; returns what each file takes on the wire. */
async function compressAll(folder: string): Promise<Map<string, number>> {
  const files = (await readdir(folder, { recursive: true })).filter((file) => /\.(js|css|html|svg|json)$/.test(file));
  const sizes = await Promise.all(
    files.map(async (file) => [file.replaceAll('\\', '/'), await compress(join(folder, file))] as const),
  );
  return new Map(sizes);
}

async function compress(file: string): Promise<number> {
  const content = await readFile(file);
  if (content.length < COMPRESSED_FROM_BYTES) return content.length;
  const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } };
  const [small, zipped] = await Promise.all([brotli(content, quality), zip(content, { level: 9 })]);
  await Promise.all([writeFile(`${file}.br`, small), writeFile(`${file}.gz`, zipped)]);
  return small.length;
}

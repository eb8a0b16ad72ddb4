/** The public face of the archive: a whole system to one file and back. */
export { ArchiveError } from './archive-error.ts';
export { readHeader } from './archive-reader.ts';
export { exportArchive, type Exported, type ExportOptions } from './export.ts';
export { fileFailure } from './file-failure.ts';
export { importArchive, type Imported, type ImportOptions } from './import.ts';
export type { ArchivedService, KeyVault, Step } from './system.ts';
export { createWholeFile, standardOutput, type WholeFile } from './whole-file.ts';

/**
 * What is wrong with an export, or with the place it comes from or goes to: one sentence for a person, with what to do.
 * Whoever meets it has changed nothing.
 */
export class ArchiveError extends Error {
  override readonly name = 'ArchiveError';
}

/**
 * The one error of this library that is meant for a person: something outside the code is not as it must be.
 * Its message is one sentence with the remedy; `details` are lines that help to see why, such as a log's end.
 */
export class StackError extends Error {
  override readonly name = 'StackError';
  readonly details: readonly string[];

  constructor(message: string, options: ErrorOptions & { details?: readonly string[] } = {}) {
    super(message, options);
    this.details = options.details ?? [];
  }
}

/** What an unknown thrown value says, on one line. An AggregateError (a refused connection) says what its first error says. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return (error.message || code || error.name).split('\n')[0] ?? '';
}

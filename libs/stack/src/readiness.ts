/** Asks a service whether it can serve, and names what it says is missing. */

const requestTimeoutMs = 2_000;

/** A probe of `GET <url>/readyz`: undefined when ready, otherwise what is missing. */
export function readinessProbe(url: string): () => Promise<string | undefined> {
  return async () => {
    try {
      const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(requestTimeoutMs) });
      return response.ok ? undefined : describeMissing(await response.text());
    } catch {
      return 'an answer on its port';
    }
  };
}

function describeMissing(body: string): string {
  try {
    const answer: unknown = JSON.parse(body);
    const missing = typeof answer === 'object' && answer !== null && 'missing' in answer ? answer.missing : undefined;
    return Array.isArray(missing) && missing.length > 0 ? missing.join(', ') : body;
  } catch {
    return body;
  }
}

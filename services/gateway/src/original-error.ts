/** The original's error texts for what the services refuse. */
import type { Problem } from '@pocket/contracts';

export interface Parties {
  from: string;
  to: string;
}

/** The text for a refusal's code; `parties` are the addresses the text may name. */
export function originalError({ code, message }: { code: string; message: string }, { from, to }: Parties): string {
  switch (code) {
    case 'wallet-locked':
      return 'Pool: Your wallet is locked due to awaiting for previous transaction confirmation.';
    case 'unknown-wallet':
      return `Address: There is no such an address: ${from}`;
    case 'invalid-address':
      return `Address: There is no such an address: ${to}`;
    case 'insufficient-funds':
    case 'too-many-inputs':
      return 'Units: Not enough units...';
    case 'watch-only-wallet':
      return `Wallet: ${message}`;
    default:
      return `Pool: ${message}`;
  }
}

/** The envelope's text and the HTTP status when mining for `address` failed. Rules are answered with 200, faults are not. */
export function originalFailure({ status, code, detail }: Problem, address: string): { status: number; error: string } {
  if (status >= 500) return { status, error: `Service: ${detail}` };
  if (code === 'unknown-wallet')
    return { status: 200, error: originalError({ code, message: detail }, { from: address, to: '' }) };
  return { status: 200, error: `Block: ${detail}` };
}

/** `GET /v1/flights/:txid`: one transaction's way through all services, step by step. */
import Type from 'typebox';
import { Flight } from '@pocket/contracts';
import { refuse, type HttpServer } from '@pocket/service-kit';
import { readFlight } from './flight.ts';
import type { Watching } from './v1-events.ts';

const TxidOfAnyCase = Type.String({ pattern: '^[0-9a-fA-F]{64}$', description: '64 hex digits' });
const route = { schema: { params: Type.Object({ txid: TxidOfAnyCase }), response: { 200: Flight } } };

export function addFlights(fastify: HttpServer, { readers }: Watching): void {
  fastify.get('/flights/:txid', route, async (request, reply) => {
    const txid = request.params.txid.toLowerCase();
    const flight = await readFlight(readers, txid);
    return flight ?? refuse(reply, 'not-found', `neither the wallet nor the pool has ever met the transaction ${txid}`);
  });
}

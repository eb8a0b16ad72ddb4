/** What every service with a log answers to a watcher: its events by filter, in either direction, and where they are. */
import Type from 'typebox';
import { EventPlace, EventSearch, FoundEvents, PlaceQuestion } from '@pocket/contracts';
import { findPlaces, searchEvents, type SqlClient } from '@pocket/eventstore';
import type { HttpServer } from './http-server.ts';

const searchRoute = { schema: { body: EventSearch, response: { 200: FoundEvents } } };
const placeRoute = { schema: { body: PlaceQuestion, response: { 200: Type.Array(EventPlace) } } };

/** Questions are posted because their lists do not fit in an address; they change nothing. */
export function addWatchRoutes(fastify: HttpServer, client: SqlClient): void {
  fastify.post('/events/search', searchRoute, (request) => searchEvents(client, request.body));
  fastify.post('/events/places', placeRoute, (request) => findPlaces(client, request.body));
}

-- For whoever watches the log: its events by type, by the request they belong to and by what caused them. The ids are
-- inside a json column, so these are indexes on expressions, which schema.prisma has no word for.

-- CreateIndex
CREATE INDEX "events_type_position_idx" ON "events"("type", "position");
CREATE INDEX "events_correlation_idx" ON "events"(("metadata"->>'correlationId'), "position");
CREATE INDEX "events_causation_idx" ON "events"(("metadata"->>'causationId'), "position");

-- The transaction that an event is about.
CREATE INDEX "events_txid_idx" ON "events"(("data"->>'txid'), "position") WHERE "data"->>'txid' IS NOT NULL;

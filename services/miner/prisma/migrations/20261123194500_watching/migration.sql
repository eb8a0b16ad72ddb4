-- For whoever watches the log: its events by type, by the request they belong to and by what caused them. The ids are
-- inside a json column, so these are indexes on expressions, which schema.prisma has no word for.

-- CreateIndex
CREATE INDEX "events_type_position_idx" ON "events"("type", "position");
CREATE INDEX "events_correlation_idx" ON "events"(("metadata"->>'correlationId'), "position");
CREATE INDEX "events_causation_idx" ON "events"(("metadata"->>'causationId'), "position");

-- The transaction that an event is about, by its text: reading it as JSON fails where a name holds half a character.
CREATE FUNCTION pocket_txid(data json) RETURNS text LANGUAGE sql IMMUTABLE AS
  $$ SELECT substring(data::text FROM '"txid": ?"([0-9a-f]{64})"') $$;

-- Every event carries a hash over itself and the one before it, so that no byte of history changes unseen.

-- AlterTable
ALTER TABLE "events" ADD COLUMN     "hash" BYTEA;

-- AlterTable
ALTER TABLE "log_head" ADD COLUMN     "hash" BYTEA,
ADD COLUMN     "rebuilds" INTEGER NOT NULL DEFAULT 0;

-- The hashes of events behind `base`, each over the one before it, its position and its event's digest, which are 32 bytes
-- each.
CREATE FUNCTION pocket_chain(previous bytea, base bigint, digests bytea) RETURNS bytea[] LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  hashes bytea[] := '{}';
BEGIN
  FOR i IN 1..length(digests) / 32 LOOP
    previous := sha256(previous || int8send(base + i) || substr(digests, i * 32 - 31, 32));
    hashes[i] := previous;
  END LOOP;
  RETURN hashes;
END $$;

-- Takes the next positions for events with these digests and chains their hashes. The head stays locked until the commit,
-- which orders the writers.
CREATE FUNCTION pocket_take(digests bytea, OUT base bigint, OUT rebuilds integer, OUT hashes bytea[]) LANGUAGE plpgsql AS $$
DECLARE
  head RECORD;
BEGIN
  SELECT l."position", l."hash", l."rebuilds" INTO head FROM "log_head" l WHERE l."id" = 1 FOR UPDATE;
  base := head."position";
  rebuilds := head."rebuilds";
  hashes := pocket_chain(head."hash", base, digests);
  UPDATE "log_head" SET "position" = base + cardinality(hashes), "hash" = hashes[cardinality(hashes)] WHERE "id" = 1;
END $$;

-- A chain begins with its log's id, so that no log can stand in for another.
UPDATE "log_head" SET "hash" = sha256(convert_to("log_id"::text, 'UTF8'));

-- What has been written before this version is taken as it stands.
DO $$
DECLARE
  event RECORD;
  previous bytea := (SELECT "hash" FROM "log_head" WHERE "id" = 1);
BEGIN
  FOR event IN
    SELECT "position", sha256(convert_to(concat_ws(E'\n', "event_id", "stream", "version", "type", "schema_version",
             (extract(epoch FROM "recorded_at") * 1000)::bigint,
             encode(sha256(convert_to("metadata"::text, 'UTF8')), 'hex'),
             encode(sha256(convert_to("data"::text, 'UTF8')), 'hex')), 'UTF8')) AS digest
      FROM "events" ORDER BY "position"
  LOOP
    previous := (pocket_chain(previous, event."position" - 1, event.digest))[1];
    UPDATE "events" SET "hash" = previous WHERE "position" = event."position";
  END LOOP;
  UPDATE "log_head" SET "hash" = previous WHERE "id" = 1;
END $$;

ALTER TABLE "events" ALTER COLUMN "hash" SET NOT NULL;
ALTER TABLE "log_head" ALTER COLUMN "hash" SET NOT NULL;

-- Every event carries a hash over itself and the one before it, so that no byte of history changes unseen.

-- AlterTable
ALTER TABLE "events" ADD COLUMN     "hash" BYTEA;

-- AlterTable
ALTER TABLE "log_head" ADD COLUMN     "hash" BYTEA,
ADD COLUMN     "previous_hash" BYTEA,
ADD COLUMN     "rebuilds" INTEGER NOT NULL DEFAULT 0;

-- The hashes of events behind `base`, each over the one before it, its position and its event's digest.
CREATE FUNCTION pocket_chain(previous bytea, base bigint, digests bytea[]) RETURNS bytea[] LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  hashes bytea[] := '{}';
BEGIN
  FOR i IN 1..cardinality(digests) LOOP
    previous := sha256(previous || int8send(base + i) || digests[i]);
    hashes[i] := previous;
  END LOOP;
  RETURN hashes;
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
    previous := (pocket_chain(previous, event."position" - 1, ARRAY[event.digest]))[1];
    UPDATE "events" SET "hash" = previous WHERE "position" = event."position";
  END LOOP;
  UPDATE "log_head" SET "hash" = previous WHERE "id" = 1;
END $$;
UPDATE "log_head" SET "previous_hash" = "hash";

ALTER TABLE "events" ALTER COLUMN "hash" SET NOT NULL;
ALTER TABLE "log_head" ALTER COLUMN "hash" SET NOT NULL,
ALTER COLUMN "previous_hash" SET NOT NULL;

-- Which coins are mined is told by the coins themselves: a column that no event tells cannot be proved.
-- AlterTable
ALTER TABLE "p" DROP COLUMN "coinbase_height";

-- CreateTable
CREATE TABLE "block_times" (
    "height" INTEGER NOT NULL,
    "time" BIGINT NOT NULL,

    CONSTRAINT "block_times_pkey" PRIMARY KEY ("height")
);

-- The times of the last blocks, which the tip's row held until now. No chain was reorganized before this migration.
INSERT INTO "block_times" ("height", "time")
SELECT "height" - cardinality("times") + t.ordinal, t.time
  FROM "tip", unnest("times") WITH ORDINALITY AS t(time, ordinal)
 WHERE "height" IS NOT NULL;

-- AlterTable: every chain until now was of the network "pocket".
ALTER TABLE "tip" DROP COLUMN "times",
ADD COLUMN     "network" TEXT NOT NULL DEFAULT 'pocket',
ADD COLUMN     "reorganized_from" INTEGER;
ALTER TABLE "tip" ALTER COLUMN "network" DROP DEFAULT;

-- AlterTable: rewards were mature at once, so that nothing needs to be known of them.
ALTER TABLE "p" ADD COLUMN     "coinbase_height" INTEGER;

-- AlterTable: no transaction has come back from a block yet, so that each has waited since it arrived.
ALTER TABLE "p" ADD COLUMN     "waiting_since" TIMESTAMPTZ(3);
UPDATE "p" SET "waiting_since" = "received_at" WHERE "txid" IS NOT NULL;

-- CreateIndex
CREATE INDEX "p_received_at_ordinal_idx" ON "p"("received_at", "ordinal");

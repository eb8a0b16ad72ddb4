-- DropIndex
DROP INDEX "b_height_key";

-- AlterTable
ALTER TABLE "b" ADD COLUMN     "active" BOOLEAN,
ADD COLUMN     "bits" INTEGER,
ADD COLUMN     "invalid_code" TEXT,
ADD COLUMN     "invalid_message" TEXT,
ADD COLUMN     "ordinal" BIGINT,
ADD COLUMN     "previous_block_hash" TEXT,
ADD COLUMN     "unclaimed" BIGINT,
ALTER COLUMN "undo" DROP NOT NULL;

-- Until now there were only blocks of the one chain, made by our own miner, which leaves nothing unclaimed. A block's
-- bits stand in bytes 73 to 76 of it, the lowest first.
UPDATE "b" SET
  "active" = true,
  "unclaimed" = 0,
  "ordinal" = "b"."height" + 1,
  "bits" = get_byte("block", 72) + (get_byte("block", 73) << 8) + (get_byte("block", 74) << 16) + (get_byte("block", 75) << 24),
  "previous_block_hash" = coalesce(
    (SELECT "below"."block_hash" FROM "b" AS "below" WHERE "below"."height" = "b"."height" - 1), repeat('0', 64));

ALTER TABLE "b" ALTER COLUMN "active" SET NOT NULL,
ALTER COLUMN "bits" SET NOT NULL,
ALTER COLUMN "ordinal" SET NOT NULL,
ALTER COLUMN "previous_block_hash" SET NOT NULL,
ALTER COLUMN "unclaimed" SET NOT NULL;

-- AlterTable
ALTER TABLE "c" DROP COLUMN "tx_index";

-- AlterTable
ALTER TABLE "l" DROP COLUMN "bits";

-- CreateTable
CREATE TABLE "waiting" (
    "block_hash" TEXT NOT NULL,
    "previous_block_hash" TEXT NOT NULL,
    "block" BYTEA NOT NULL,
    "received_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "waiting_pkey" PRIMARY KEY ("block_hash")
);

-- CreateIndex
CREATE INDEX "waiting_previous_block_hash_idx" ON "waiting"("previous_block_hash");

-- CreateIndex
CREATE INDEX "b_active_height_idx" ON "b"("active", "height");

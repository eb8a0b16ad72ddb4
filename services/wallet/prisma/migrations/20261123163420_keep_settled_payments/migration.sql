-- Settled payments stay, by txid, since a reorganization may make them wait again; whether a wallet is locked is told
-- by its payments; and the network's maturity and height tell which coins may be spent.

-- DropIndex
DROP INDEX "payments_txid_key";

-- DropIndex
DROP INDEX "wallets_txid_idx";

-- AlterTable: all payments there are wait.
ALTER TABLE "payments" DROP CONSTRAINT "payments_pkey",
ADD COLUMN     "block_hash" TEXT,
ADD COLUMN     "height" INTEGER,
ADD COLUMN     "status" TEXT NOT NULL DEFAULT 'waiting',
ADD COLUMN     "waiting_since" TIMESTAMPTZ(3),
ADD CONSTRAINT "payments_pkey" PRIMARY KEY ("txid");
UPDATE "payments" SET "waiting_since" = "signed_at";
ALTER TABLE "payments" ALTER COLUMN "waiting_since" SET NOT NULL;

-- The settled ones come from the log: a wallet that waited was locked, so its next event says what became of it.
INSERT INTO "payments" ("txid", "payment_id", "from", "to", "amount", "hex", "status", "block_hash", "height",
                        "signed_at", "waiting_since")
SELECT DISTINCT ON (s.data->>'txid') s.data->>'txid', (s.data->>'paymentId')::uuid, w.address, s.data->>'to',
       (s.data->>'amount')::bigint, s.data->>'hex', CASE o.type WHEN 'PaymentConfirmed' THEN 'confirmed' ELSE 'failed' END,
       o.data->>'blockHash', (o.data->>'height')::int, s.recorded_at, s.recorded_at
  FROM "events" s JOIN "events" o ON o.stream = s.stream AND o.version = s.version + 1
  JOIN "wallets" w ON w.address = s.data->>'from'
 WHERE s.type = 'PaymentSigned' AND o.type IN ('PaymentConfirmed', 'PaymentFailed')
 ORDER BY s.data->>'txid', s.position DESC
ON CONFLICT ("txid") DO NOTHING;

-- AlterTable
ALTER TABLE "wallets" DROP COLUMN "payment_id",
DROP COLUMN "txid";

-- CreateTable
CREATE TABLE "chain" (
    "id" INTEGER NOT NULL,
    "network" TEXT NOT NULL,
    "coinbase_maturity" INTEGER NOT NULL,
    "next_height" INTEGER NOT NULL,

    CONSTRAINT "chain_pkey" PRIMARY KEY ("id")
);

-- The one row; so far there was one network, where mined coins may be spent at once.
INSERT INTO "chain" ("id", "network", "coinbase_maturity", "next_height")
SELECT 1, 'pocket', 0, coalesce(max("height") + 1, 0) FROM "coins";

-- CreateIndex
CREATE INDEX "payments_status_from_idx" ON "payments"("status", "from");

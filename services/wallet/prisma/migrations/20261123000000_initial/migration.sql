-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateTable
CREATE TABLE "keys" (
    "address" TEXT NOT NULL,
    "encrypted_key" BYTEA NOT NULL,

    CONSTRAINT "keys_pkey" PRIMARY KEY ("address")
);

-- CreateTable
CREATE TABLE "wallets" (
    "address" TEXT NOT NULL,
    "public_key" TEXT NOT NULL,
    "ordinal" BIGINT NOT NULL,
    "version" INTEGER NOT NULL,
    "balance" BIGINT NOT NULL,
    "payment_id" UUID,
    "txid" TEXT,

    CONSTRAINT "wallets_pkey" PRIMARY KEY ("address")
);

-- CreateTable
CREATE TABLE "coins" (
    "txid" TEXT NOT NULL,
    "vout" INTEGER NOT NULL,
    "address" TEXT NOT NULL,
    "value" BIGINT NOT NULL,
    "height" INTEGER NOT NULL,
    "script_pub_key" BYTEA NOT NULL,
    "coinbase" BOOLEAN NOT NULL,

    CONSTRAINT "coins_pkey" PRIMARY KEY ("txid","vout")
);

-- CreateTable
CREATE TABLE "payments" (
    "payment_id" UUID NOT NULL,
    "from" TEXT NOT NULL,
    "to" TEXT NOT NULL,
    "amount" BIGINT NOT NULL,
    "txid" TEXT NOT NULL,
    "hex" TEXT NOT NULL,
    "accepted" BOOLEAN NOT NULL DEFAULT false,
    "signed_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "payments_pkey" PRIMARY KEY ("payment_id")
);

-- CreateTable
CREATE TABLE "events" (
    "position" BIGINT NOT NULL,
    "event_id" UUID NOT NULL,
    "stream" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "type" TEXT NOT NULL,
    "schema_version" INTEGER NOT NULL,
    "data" JSON NOT NULL,
    "metadata" JSON NOT NULL,
    "recorded_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "events_pkey" PRIMARY KEY ("position")
);

-- CreateTable
CREATE TABLE "log_head" (
    "id" INTEGER NOT NULL,
    "log_id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "position" BIGINT NOT NULL,

    CONSTRAINT "log_head_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "checkpoints" (
    "consumer" TEXT NOT NULL,
    "source" TEXT NOT NULL,
    "log_id" UUID NOT NULL,
    "position" BIGINT NOT NULL,

    CONSTRAINT "checkpoints_pkey" PRIMARY KEY ("consumer","source")
);

-- CreateTable
CREATE TABLE "dead_letters" (
    "id" BIGSERIAL NOT NULL,
    "source" TEXT NOT NULL,
    "position" BIGINT NOT NULL,
    "error" TEXT NOT NULL,
    "attempts" INTEGER NOT NULL,
    "event" JSON NOT NULL,
    "recorded_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "dead_letters_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "wallets_ordinal_key" ON "wallets"("ordinal");

-- CreateIndex
CREATE INDEX "wallets_txid_idx" ON "wallets"("txid");

-- CreateIndex
CREATE INDEX "coins_address_value_txid_vout_idx" ON "coins"("address", "value" DESC, "txid", "vout");

-- CreateIndex
CREATE UNIQUE INDEX "payments_txid_key" ON "payments"("txid");

-- CreateIndex
CREATE UNIQUE INDEX "events_event_id_key" ON "events"("event_id");

-- CreateIndex
CREATE UNIQUE INDEX "events_stream_version_key" ON "events"("stream", "version");

-- CreateIndex
CREATE UNIQUE INDEX "dead_letters_source_position_key" ON "dead_letters"("source", "position");

-- The one row from which positions are taken; its lock orders the writers.
INSERT INTO "log_head" ("id", "position") VALUES (1, 0);

-- Lets one statement insist on a condition: where it is false, nothing of the statement happens.
CREATE FUNCTION pocket_require(condition boolean, message text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  IF NOT condition THEN
    RAISE EXCEPTION '%', message USING ERRCODE = 'PK001';
  END IF;
  RETURN true;
END $$;

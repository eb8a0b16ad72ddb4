-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateTable
CREATE TABLE "searches" (
    "search_id" TEXT NOT NULL,
    "address" TEXT NOT NULL,
    "height" INTEGER NOT NULL,
    "transaction_count" INTEGER NOT NULL,
    "version" INTEGER NOT NULL,
    "phase" TEXT NOT NULL,
    "block_hash" TEXT,
    "nonce" BIGINT,
    "reason" TEXT,
    "ordinal" BIGINT NOT NULL,

    CONSTRAINT "searches_pkey" PRIMARY KEY ("search_id")
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
CREATE UNIQUE INDEX "searches_ordinal_key" ON "searches"("ordinal");

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

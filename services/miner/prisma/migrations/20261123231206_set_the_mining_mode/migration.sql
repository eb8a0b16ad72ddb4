-- CreateTable
CREATE TABLE "mining_mode" (
    "id" INTEGER NOT NULL,
    "mode" TEXT NOT NULL,
    "address" TEXT,
    "max_transactions" INTEGER,
    "interval_seconds" INTEGER,
    "version" INTEGER NOT NULL,

    CONSTRAINT "mining_mode_pkey" PRIMARY KEY ("id")
);

-- AlterTable
ALTER TABLE "b" ADD COLUMN     "mentions" BIGINT[];

-- CreateIndex
CREATE INDEX "b_mentions_idx" ON "b" USING GIN ("mentions");

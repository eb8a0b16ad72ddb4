/*
 * The speed of the event log: appending beside inserts written by hand, raw statements
 * past Prisma's engine and through it, rebuilding all tables from long logs, and how
 * soon another service sees a commit. Starts servers, and for the last part services, of its own in a temporary folder.
 * Run: npm run bench -- log [append statements rebuild seen: only these]
 */
import { createDatabase } from '@pocket/stack';
import type { OpenServers } from './contract/own-stack.ts';
import { measureAppend } from './log/append.ts';
import { measureRebuild } from './log/rebuild.ts';
import { reportAppend, reportRebuild, reportSeen, reportStatements } from './log/report.ts';
import { measureSeen } from './log/seen.ts';
import { measureStatements } from './log/statements.ts';
import { runParts, type Report } from './parts.ts';

const APPEND_ROUNDS = 9;
const STATEMENT_ROUNDS = 15;
const REBUILD_ROUNDS = 5;
const REBUILD_BLOCKS = 20_000;
const SEEN = { rounds: 3, seconds: 20 };

const parts = {
  append: async (servers: OpenServers): Promise<Report> => {
    const { databaseUrl } = await createDatabase(servers);
    return reportAppend(await measureAppend(databaseUrl, APPEND_ROUNDS));
  },
  statements: async (servers: OpenServers): Promise<Report> => {
    const { databaseUrl } = await createDatabase(servers);
    return reportStatements(await measureStatements(databaseUrl, STATEMENT_ROUNDS));
  },
  rebuild: async (servers: OpenServers): Promise<Report> => {
    const { databaseUrl } = await createDatabase(servers);
    return reportRebuild(await measureRebuild(databaseUrl, REBUILD_BLOCKS, REBUILD_ROUNDS));
  },
  seen: async (servers: OpenServers): Promise<Report> => {
    const stack = await servers.startServices({ POCKET_NETWORK: 'bitcoin-regtest' });
    return reportSeen(await measureSeen(servers, stack, SEEN));
  },
};

await runParts('log', parts, process.argv.slice(2));

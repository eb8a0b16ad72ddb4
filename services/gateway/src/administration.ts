/**
 * Who may do what operators do: change how the system runs, where everybody else only uses it. One rule for all of it. It
 * stands on the routes themselves, so that no spelling of a path goes past it.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { problem, type Problem } from '@pocket/contracts';
import { RefusalError, SettingsError, type HttpServer } from '@pocket/service-kit';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route is administration. */
    forOperators?: true;
  }
}

/** What a route of administration says of itself. */
export const forOperators = { config: { forOperators: true } } as const;

export interface AdministrationConfig {
  /** The address that the gateway listens on. */
  readonly host: string;
  readonly operatorPasswordFile: string | undefined;
  /** Whether whoever reaches the gateway is an operator; undefined where the address decides. */
  readonly openAdministration: boolean | undefined;
}

/** Why somebody with this Authorization header may not do it; undefined where he may. */
export type Judge = (authorization: string | undefined) => Problem | undefined;

const USER = 'operator';
const SHORTEST_PASSWORD = 12;

/**
 * With a password, whoever knows it. Without one, everybody where nobody but this machine reaches the gateway or where the
 * settings say so, else nobody.
 * @throws SettingsError for a password that cannot be read or is short, and for settings that contradict each other.
 */
export function judgeOf({ host, operatorPasswordFile, openAdministration }: AdministrationConfig): Judge {
  if (operatorPasswordFile === undefined)
    return (openAdministration ?? isLoopback(host)) ? () => undefined : closed(host);
  if (openAdministration === true)
    throw new SettingsError(
      'POCKET_OPEN_ADMINISTRATION=true asks nobody for the password of POCKET_OPERATOR_PASSWORD_FILE: take one of them away.',
    );
  return knowsPassword(readPassword(operatorPasswordFile));
}

/** Refuses what is administration to whoever may not do it. Before any route is added. */
export function guardAdministration(fastify: HttpServer, judge: Judge): void {
  fastify.addHook('onRequest', async (request, reply) => {
    const refusal = request.routeOptions.config.forOperators && judge(request.headers.authorization);
    if (refusal === undefined) return;
    if (refusal.status === 401)
      void reply.header('www-authenticate', 'Basic realm="what operators do", charset="UTF-8"');
    await Promise.reject(new RefusalError(refusal));
  });
}

function closed(host: string): Judge {
  const detail =
    `this is for operators, and the gateway at ${host}, which others than this machine may reach, has no password for them: ` +
    'name one by POCKET_OPERATOR_PASSWORD_FILE, or let everybody do it by POCKET_OPEN_ADMINISTRATION=true';
  return () => problem('administration-closed', detail);
}

function knowsPassword(password: string): Judge {
  const right = digestOf(`${USER}:${password}`);
  return (authorization) => {
    const [, encoded = ''] = /^basic +([\w+/=]+) *$/i.exec(authorization ?? '') ?? [];
    if (timingSafeEqual(digestOf(Buffer.from(encoded, 'base64')), right)) return undefined;
    const found = authorization === undefined ? 'no password was given' : 'user or password is wrong';
    return problem('operators-only', `this is for operators, and ${found}`);
  };
}

/** Equal lengths, so that a comparison takes the same time whatever was given. */
const digestOf = (text: string | Uint8Array): Buffer => createHash('sha256').update(text).digest();

function readPassword(file: string): string {
  const password = textOf(file).trim();
  if (password.length >= SHORTEST_PASSWORD) return password;
  const found = `${file} holds ${password.length} characters`;
  throw new SettingsError(`POCKET_OPERATOR_PASSWORD_FILE: ${found}, a password has at least ${SHORTEST_PASSWORD}.`);
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const sentence = `POCKET_OPERATOR_PASSWORD_FILE: ${file} cannot be read (${String(code)}).`;
    throw new SettingsError(`${sentence} It must hold the operators' password.`);
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}

/** The services behind the gateway. */
import { eventSources, type EventSource, type LeaderView, type ReadinessView } from '@pocket/contracts';
import { createServiceClient, type ServiceClient } from '@pocket/service-kit';

export type Services = Record<EventSource, ServiceClient>;
/** As much of them as a client's wishes need. */
export type ReachableServices = Record<EventSource, Pick<ServiceClient, 'get' | 'post' | 'delete'>>;

export function connectServices(urls: Record<EventSource, string>): Services {
  const clients = eventSources.map((name) => [name, createServiceClient(name, urls[name])] as const);
  return Object.fromEntries(clients) as Services;
}

export async function closeServices(services: Services): Promise<void> {
  await Promise.all(Object.values(services).map((client) => client.close()));
}

/** A service as the gateway sees it: how many addresses it has, how many can serve, and who leads. */
interface ServiceStanding {
  replicas: number;
  ready: number;
  leader: LeaderView | null;
}

export interface GatewayReadiness {
  /** What keeps the services from serving, each with its reason. One replica that can serve is enough. */
  missing: string[];
  services: Record<EventSource, ServiceStanding>;
}

export async function readinessOf(services: Services): Promise<GatewayReadiness> {
  const answers = await Promise.all(
    eventSources.map(async (name) => [name, await services[name].readiness()] as const),
  );
  const standings = answers.map(([name, replicas]) => [name, standingOf(replicas)] as const);
  return {
    missing: answers.flatMap(([name, replicas]) => missingOf(replicas).map((part) => `${name}: ${part}`)),
    services: Object.fromEntries(standings) as Record<EventSource, ServiceStanding>,
  };
}

type Replicas = (ReadinessView | undefined)[];

function standingOf(replicas: Replicas): ServiceStanding {
  const teller = replicas.find((replica) => replica?.leads) ?? replicas.find((replica) => replica?.leader);
  const ready = replicas.filter((replica) => replica?.ready).length;
  return { replicas: replicas.length, ready, leader: teller?.leader ?? null };
}

function missingOf(replicas: Replicas): string[] {
  if (replicas.some((replica) => replica?.ready)) return [];
  if (replicas.every((replica) => replica === undefined)) return ['cannot be reached'];
  return [...new Set(replicas.flatMap((replica) => replica?.missing ?? []))];
}

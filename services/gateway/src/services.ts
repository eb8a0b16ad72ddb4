/** The services behind the gateway. */
import { eventSources, type EventSource } from '@pocket/contracts';
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

/** What keeps the services from serving, each with its reason. */
export async function missingServices(services: Services): Promise<string[]> {
  const answers = await Promise.all(eventSources.map((name) => missingAt(name, services[name])));
  return answers.flat();
}

async function missingAt(name: EventSource, client: ServiceClient): Promise<string[]> {
  try {
    const readiness = await client.readiness();
    return readiness.missing.map((part) => `${name}: ${part}`);
  } catch {
    return [`${name}: cannot be reached`];
  }
}

/** Who there is. A service's name is also its log's, its event stream's and, with underscores, its Postgres schema's. */
export const eventSources = ['wallet', 'tx-pool', 'miner', 'chainstate'] as const;
export type EventSource = (typeof eventSources)[number];
export const serviceNames = [...eventSources, 'gateway'] as const;
export type ServiceName = (typeof serviceNames)[number];

export function isEventSource(name: string): name is EventSource {
  return (eventSources as readonly string[]).includes(name);
}

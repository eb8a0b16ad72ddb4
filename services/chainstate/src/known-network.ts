/** The network of a log, which may be one of a newer version than this code. */
import { networkNamed, type NetworkParameters } from '@pocket/chain';

/** @throws Error for a network this code does not know. */
export function knownNetwork(name: string): NetworkParameters {
  const network = networkNamed(name);
  if (network === undefined) throw new Error(`the chain's network ${name} is not known to this version`);
  return network;
}

import { Kinds } from '../core/kind';
import { type Clouds, ConnectedKinds, type Kind } from './kind';
import { auroraCluster } from './rds/auroraCluster/auroraCluster';
import { documentdbCluster } from './rds/documentdbCluster/documentdbCluster';
import { multiAzCluster } from './rds/multiAzCluster/multiAzCluster';
import { neptuneCluster } from './rds/neptuneCluster/neptuneCluster';
import { rdsInstance } from './rds/rdsInstance/rdsInstance';

/** Every kind Farcopy protects, in the order in which they are shown: one line a kind. */
export const kinds: readonly Kind[] = [auroraCluster, rdsInstance, documentdbCluster, neptuneCluster, multiAzCluster];

/** The descriptions of kinds, with which the fleet file is read. */
export function describedKinds(of: readonly Kind[]): Kinds {
  return new Kinds(of.map(({ description }) => description));
}

export const knownKinds = describedKinds(kinds);

/** Kinds with their operations, on the way into the clouds that a fleet's roles give. */
export function connectKinds(connected: readonly Kind[], clouds: Clouds): ConnectedKinds {
  return new ConnectedKinds(connected.map(({ connect }) => connect(clouds)));
}

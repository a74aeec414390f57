import { packageFile } from '../../sandbox/provision/packageFile';

export const chartFolder = packageFile('deploy', 'helm', 'farcopy');

/** A fleet file as small as it can be, for objects that nobody runs. */
export const fleetFile = `fleet: panda
roles:
  source: arn:aws:iam::{account}:role/farcopy-source
  vault: arn:aws:iam::{account}:role/farcopy-vault
  externalId: { env: FARCOPY_EXTERNAL_ID }
`;

type Values = Readonly<Record<string, unknown>>;

const minimal = { fleet: { file: fleetFile }, temporal: { address: 'temporal:7233' } };
const role = (name: string) => ({ 'eks.amazonaws.com/role-arn': `arn:aws:iam::222222222222:role/${name}` });

/** Values, and the kinds of objects that the chart makes of them, each with their number. */
export type Cases = Readonly<Record<string, { readonly values: Values; readonly makes: Values }>>;

/**
 * Values as people have them.
 *
 * @param pair a certificate and its key, PEM
 */
export const casesWith = (pair: { readonly certificate: string; readonly key: string }): Cases => ({
  'the least that is needed': {
    values: minimal,
    makes: { ConfigMap: 1, Deployment: 2, Job: 1, NetworkPolicy: 1, PodDisruptionBudget: 2, ServiceAccount: 1 },
  },
  'Secrets, a ConfigMap and a ServiceAccount that are there; an API key': {
    values: {
      image: { repository: 'registry.example.com/farcopy', digest: `sha256:${'0'.repeat(64)}`, pullSecrets: ['pull'] },
      fleet: { existingConfigMap: 'fleet', overlay: 'prod' },
      externalId: { existingSecret: 'external-id' },
      temporal: {
        address: 'eu-west-1.aws.api.temporal.io:7233',
        namespace: 'panda.a1b2c',
        apiKey: { existingSecret: 'temporal' },
      },
      payloads: {
        key: 'arn:aws:kms:eu-west-1:222222222222:key/0123',
        oldKeys: ['arn:aws:kms:eu-west-1:222222222222:key/4567'],
      },
      channelSecrets: ['channels'],
      googleCredentialsSecret: 'google',
      serviceAccount: { create: false, name: 'default' },
      environment: { AWS_REGION: 'eu-west-1' },
      networkPolicy: {
        metricsFrom: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } }],
        egress: [{ ports: [{ port: 587, protocol: 'TCP' }] }],
      },
    },
    makes: { Deployment: 2, Job: 1, NetworkPolicy: 1, PodDisruptionBudget: 2 },
  },
  'Secrets that the chart makes; mTLS; Worker Versioning': {
    values: {
      ...minimal,
      externalId: { value: 'an external id' },
      temporal: {
        address: 'temporal:7233',
        tls: {
          serverName: 'temporal.example.com',
          clientCertificate: pair.certificate,
          clientKey: pair.key,
          serverCa: pair.certificate,
        },
        apiKey: { value: 'a key' },
      },
      workerVersioning: { deploymentName: 'farcopy-prod', buildId: '0.2.0' },
    },
    makes: {
      ConfigMap: 1,
      Deployment: 2,
      Job: 1,
      NetworkPolicy: 1,
      PodDisruptionBudget: 2,
      Secret: 4,
      ServiceAccount: 1,
    },
  },
  'workers of retention, each as its own principal': {
    values: {
      ...minimal,
      serviceAccount: { annotations: role('farcopy-worker') },
      workers: {
        transfer: { enabled: false },
        mark: { enabled: true, serviceAccount: { annotations: role('farcopy-mark-worker') } },
        prune: { enabled: true, serviceAccount: { annotations: role('farcopy-prune-worker') } },
      },
      pods: {
        labels: { team: 'panda' },
        annotations: { note: 'one' },
        nodeSelector: { 'kubernetes.io/arch': 'amd64' },
        tolerations: [{ key: 'spot', operator: 'Exists' }],
        priorityClassName: 'system-cluster-critical',
      },
    },
    makes: { ConfigMap: 1, Deployment: 3, Job: 1, NetworkPolicy: 1, PodDisruptionBudget: 3, ServiceAccount: 3 },
  },
  'KEDA and the Prometheus Operator; nothing by itself': {
    values: {
      ...minimal,
      temporal: { ...minimal.temporal, apiKey: { existingSecret: 'temporal' } },
      workers: { transfer: { autoscaling: { enabled: true, maxReplicas: 4 } } },
      apply: { enabled: false },
      networkPolicy: { enabled: false },
      podMonitor: { enabled: true, labels: { release: 'prometheus' } },
      prometheusRule: { enabled: true },
    },
    makes: {
      ConfigMap: 1,
      Deployment: 2,
      PodDisruptionBudget: 2,
      PodMonitor: 1,
      PrometheusRule: 1,
      ScaledObject: 1,
      ServiceAccount: 1,
      TriggerAuthentication: 1,
    },
  },
});

/** Values that are wrong, and a word of what has to be said of each. */
export const refused: Readonly<Record<string, { readonly values: Values; readonly says: RegExp }>> = {
  'no address of Temporal': { values: { fleet: minimal.fleet }, says: /temporal.*address/s },
  'an address without a port': { values: { ...minimal, temporal: { address: 'temporal' } }, says: /address/ },
  'a misspelt value': { values: { ...minimal, replicaCount: 3 }, says: /replicaCount/ },
  'a misspelt value further down': {
    values: { ...minimal, workers: { transfer: { autoscaling: { minReplica: 1 } } } },
    says: /minReplica/,
  },
  'a number in quotes': { values: { ...minimal, drainSeconds: '60' }, says: /drainSeconds/ },
  'transfer workers that are scaled to none': {
    values: { ...minimal, workers: { transfer: { autoscaling: { enabled: true, minReplicas: 0 } } } },
    says: /minReplicas/,
  },
  'an alias in place of a key': { values: { ...minimal, payloads: { key: 'alias/farcopy' } }, says: /payloads.*key/s },
  'no fleet file': { values: { temporal: minimal.temporal }, says: /there is no fleet file/ },
  'two fleet files': {
    values: { ...minimal, fleet: { file: fleetFile, existingConfigMap: 'fleet' } },
    says: /both given/,
  },
  'a fleet file that is none': {
    values: { ...minimal, fleet: { file: 'fleets: [panda]' } },
    says: /lacks the key `fleet`/,
  },
  'half a version': { values: { ...minimal, workerVersioning: { buildId: '1' } }, says: /belong together/ },
  'a certificate without its key': {
    values: { ...minimal, temporal: { address: 'temporal:7233', tls: { clientCertificate: 'any' } } },
    says: /belong together/,
  },
  'KEDA without the name of the fleet': {
    values: {
      ...minimal,
      fleet: { existingConfigMap: 'fleet' },
      workers: { transfer: { autoscaling: { enabled: true } } },
    },
    says: /fleet\.name is needed/,
  },
  'KEDA, and TLS that it does not speak': {
    values: {
      ...minimal,
      temporal: { ...minimal.temporal, tls: { enabled: true } },
      workers: { transfer: { autoscaling: { enabled: true } } },
    },
    says: /KEDA speaks TLS/,
  },
  'KEDA, and an authority that it does not take along with an API key': {
    values: {
      ...minimal,
      temporal: { ...minimal.temporal, apiKey: { existingSecret: 'temporal' }, tls: { existingServerCaSecret: 'ca' } },
      workers: { transfer: { autoscaling: { enabled: true } } },
    },
    says: /KEDA speaks TLS/,
  },
  'a service account that retention shares': {
    values: {
      ...minimal,
      serviceAccount: { name: 'workers' },
      workers: { prune: { enabled: true, serviceAccount: { create: false, name: 'workers' } } },
    },
    says: /service accounts of their own/,
  },
};

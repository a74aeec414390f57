import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { type ActivityObserver } from '../../activities/observed';
import { type CallListener } from '../../clouds/tellCalls';
import { type Message, type Notification, notificationEvents } from '../../core/notification';
import { version } from '../../core/version';
import { type WorkerHealth } from '../health/workerHealth';
import { type SdkMetrics } from './sdkRuntime';

/** A poll is quick, a shard of a transfer takes minutes. */
const activityBuckets = [0.1, 0.5, 2, 10, 60, 600, 3600];

/** Labels take words of this program and of the fleet file only: what stands in messages of others is none. */
const events: ReadonlySet<string> = new Set<Exclude<Message['event'], 'test'>>([...notificationEvents, 'digest']);

/** The metrics of this process (docs/metrics.md), but for those that Temporal's SDK keeps. */
export class WorkerMetrics {
  private readonly registry = new Registry();
  private sdk: SdkMetrics | undefined;

  private readonly activitySeconds = new Histogram({
    name: 'farcopy_activity_duration_seconds',
    help: 'How long tries of activities took, by what they worked on and how they ended.',
    labelNames: ['activity', 'kind', 'step', 'outcome'] as const,
    buckets: activityBuckets,
    registers: [this.registry],
  });
  private readonly activitiesUnderWay = new Gauge({
    name: 'farcopy_activities_under_way',
    help: 'Activities that this worker works on.',
    registers: [this.registry],
  });
  private readonly notifications = new Counter({
    name: 'farcopy_notifications_total',
    help: 'Notifications handed over to be told, and tries to tell a topic or a channel of them.',
    labelNames: ['event', 'outcome'] as const,
    registers: [this.registry],
  });
  private readonly transferredObjects = new Counter({
    name: 'farcopy_transferred_objects_total',
    help: 'Objects of exports that were brought into a bucket, counted when their shard has ended.',
    registers: [this.registry],
  });
  private readonly transferredBytes = new Counter({
    name: 'farcopy_transferred_bytes_total',
    help: 'Their bytes.',
    registers: [this.registry],
  });
  private readonly awsCalls = new Counter({
    name: 'farcopy_aws_calls_total',
    help: 'Tries of calls to AWS, those included that the SDK tries again by itself.',
    labelNames: ['service', 'operation', 'region', 'outcome'] as const,
    registers: [this.registry],
  });

  private readonly gcsCalls = new Counter({
    name: 'farcopy_gcs_calls_total',
    help: 'Calls to Google Cloud Storage, those that carry the bytes of objects included.',
    labelNames: ['operation', 'outcome'] as const,
    registers: [this.registry],
  });

  /** @param queues those that it serves */
  constructor(fleet: string, queues: readonly string[], health: WorkerHealth) {
    new Gauge({
      name: 'farcopy_worker_info',
      help: 'What this worker is; always 1.',
      labelNames: ['version', 'fleet', 'queues'] as const,
      registers: [this.registry],
    }).set({ version, fleet, queues: queues.join(',') }, 1);
    new Gauge({
      name: 'farcopy_worker_ready',
      help: 'Whether /readyz says that it is ready.',
      registers: [this.registry],
      collect() {
        this.set(health.report.ready ? 1 : 0);
      },
    });
    new Gauge({
      name: 'farcopy_worker_draining',
      help: 'Whether it was told to stop, and ends what is under way.',
      registers: [this.registry],
      collect() {
        this.set(health.report.stage === 'draining' ? 1 : 0);
      },
    });
    new Gauge({
      name: 'farcopy_worker_check',
      help: 'Whether a check of /readyz holds.',
      labelNames: ['check'] as const,
      registers: [this.registry],
      collect() {
        for (const { check, ok } of health.report.checks) this.set({ check }, ok ? 1 : 0);
      },
    });
    new Gauge({
      name: 'farcopy_temporal_reached_timestamp_seconds',
      help: 'When Temporal has last answered; 0: never.',
      registers: [this.registry],
      collect() {
        this.set((health.lastReached ?? 0) / 1000);
      },
    });
    collectDefaultMetrics({ register: this.registry });
  }

  readonly observe: ActivityObserver = ({ activity, kind, step, args }) => {
    const since = performance.now();
    this.activitiesUnderWay.inc();
    return ({ outcome, result }) => {
      this.activitiesUnderWay.dec();
      this.activitySeconds.observe({ activity, kind, step, outcome }, (performance.now() - since) / 1000);
      if (activity === 'handOverNotification' && outcome === 'done') {
        const { event = '', quietly = false } = (args[0] ?? {}) as Partial<Notification>;
        if (!quietly && events.has(event)) this.notifications.inc({ event, outcome: 'handed-over' });
      }
      if (activity === 'tellReceiver') {
        const { event = '' } = (args[2] ?? {}) as Partial<Message>;
        if (events.has(event))
          this.notifications.inc({ event, outcome: outcome === 'done' && result === 'told' ? 'told' : 'failed' });
      }
      if (activity === 'transferShard' && outcome === 'done') {
        const { sentObjects, sentBytes } = result as { readonly sentObjects: number; readonly sentBytes: number };
        this.transferredObjects.inc(sentObjects);
        this.transferredBytes.inc(sentBytes);
      }
    };
  };

  readonly onCall: CallListener = ({ cloud, service, operation, region, outcome }) => {
    if (cloud === 'aws') this.awsCalls.inc({ service, operation, region, outcome });
    else this.gcsCalls.inc({ operation, outcome });
  };

  /** The SDK's are shown with them from now on. */
  show(sdk: SdkMetrics): void {
    this.sdk = sdk;
  }

  /** All of them, in the text format of Prometheus. */
  async text(): Promise<string> {
    // Whether the worker is ready must be known without the SDK's as well.
    const sdk = (await this.sdk?.().catch(() => '')) ?? '';
    return `${await this.registry.metrics()}\n${sdk}`;
  }
}

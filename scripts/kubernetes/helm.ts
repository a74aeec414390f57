import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { chartFolder } from './chartCases';
import { type CommandOptions, printed, ran, type Ran } from './command';

/** An object of Kubernetes, as far as it is looked at. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: { readonly template?: PodTemplate } & Readonly<Record<string, unknown>>;
}

export interface PodTemplate {
  readonly metadata: {
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  };
  readonly spec: PodSpec;
}

export interface PodSpec {
  readonly serviceAccountName: string;
  readonly terminationGracePeriodSeconds?: number;
  readonly containers: readonly {
    readonly args: readonly string[];
    readonly livenessProbe?: Probe;
    readonly readinessProbe?: Probe;
    readonly startupProbe?: Probe;
  }[];
}

interface Probe {
  readonly httpGet: { readonly path: string };
}

/** Helm with the chart, against one API server and in one namespace. */
export class Helm {
  private files = 0;

  constructor(
    private readonly path: string,
    private readonly folder: string,
    private readonly kubeconfig: string,
    readonly namespace: string,
  ) {}

  /** Every object that a release of these values is made of, hooks among them. */
  async template(values: object): Promise<Manifest[]> {
    const text = await this.run(['template', 'farcopy', chartFolder, '--values', await this.file(values)]);
    return parseAllDocuments(text).flatMap((document) => {
      const manifest = document.toJS() as Manifest | null;
      return manifest === null ? [] : [manifest];
    });
  }

  async lint(values: object): Promise<void> {
    await this.run(['lint', '--strict', chartFolder, '--values', await this.file(values)]);
  }

  /** @param options of `helm install` or `helm upgrade` */
  async change(command: 'install' | 'upgrade', values: object, options: readonly string[] = []): Promise<string> {
    return this.run([command, 'farcopy', chartFolder, '--values', await this.file(values), ...options]);
  }

  /** @throws Error where Helm fails */
  async run(args: readonly string[], options: CommandOptions = {}): Promise<string> {
    // Longer than any `--timeout` that it is given.
    const patience = { timeoutSeconds: 420 };
    return printed(this.path, [...args, '--namespace', this.namespace], {
      env: this.environment,
      ...patience,
      ...options,
    });
  }

  async try(args: readonly string[], values: object): Promise<Ran> {
    const words = [...args, '--namespace', this.namespace, '--values', await this.file(values)];
    return ran(this.path, words, { env: this.environment });
  }

  private get environment(): NodeJS.ProcessEnv {
    const own = Object.fromEntries(
      ['CACHE', 'CONFIG', 'DATA'].map((kind) => [`HELM_${kind}_HOME`, join(this.folder, `helm-${kind.toLowerCase()}`)]),
    );
    return { PATH: process.env.PATH, HOME: this.folder, KUBECONFIG: this.kubeconfig, ...own };
  }

  /** JSON is YAML. */
  private async file(values: object): Promise<string> {
    const file = join(this.folder, `values-${++this.files}.yaml`);
    await writeFile(file, JSON.stringify(values));
    return file;
  }
}

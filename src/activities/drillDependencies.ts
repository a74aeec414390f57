import { type AwsAccess } from '../clouds/aws/awsAccess';
import { gcsBuckets } from '../clouds/gcp/gcsBuckets';
import { databaseConnections } from './databaseConnections';
import { type DrillDependencies } from './drill';
import { loadExportDependencies } from './loadExportDependencies';
import { requireScheme } from './requireScheme';
import { type RestorePlanningDependencies } from './restorePlanning';

/** What drills of a fleet are performed with. */
export function drillDependencies(planning: RestorePlanningDependencies, access: AwsAccess): DrillDependencies {
  const gcsBucket = gcsBuckets(access.plainHttp);
  return {
    ...planning,
    openBucket: (url) => {
      requireScheme(url, 'gs', 'drills read exports from Google Cloud Storage');
      return gcsBucket(url.bucket);
    },
    readSecret: loadExportDependencies(access).readSecret,
    connections: databaseConnections(access),
  };
}

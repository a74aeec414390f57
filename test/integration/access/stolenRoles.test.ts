import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateGrantCommand,
  DecryptCommand,
  DeleteImportedKeyMaterialCommand,
  DisableKeyCommand,
  KMSClient,
  PutKeyPolicyCommand,
  RevokeGrantCommand,
} from '@aws-sdk/client-kms';
import {
  AddRoleToDBClusterCommand,
  AddTagsToResourceCommand,
  CopyDBClusterSnapshotCommand,
  CreateDBClusterSnapshotCommand,
  DeleteDBClusterCommand,
  DeleteDBClusterSnapshotCommand,
  DescribeDBClusterSnapshotsCommand,
  ModifyDBClusterCommand,
  ModifyDBClusterSnapshotAttributeCommand,
  RDSClient,
  RemoveTagsFromResourceCommand,
  RestoreDBClusterFromSnapshotCommand,
  StartExportTaskCommand,
} from '@aws-sdk/client-rds';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  PutObjectCommand,
  PutObjectLegalHoldCommand,
  PutObjectRetentionCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { provision } from '../../../sandbox/provision';
import { callAws } from '../../../sandbox/seed/callAws';
import { renderStack } from '../../../sandbox/seed/cloudFormation';
import { type AwsKeyPair, changeSettings, plantSeed, type SeedRequest } from '../../../sandbox/seed/emulatorControl';
import { plantBuckets } from '../../../sandbox/seed/plantBuckets';
import {
  archiveBucket,
  defaultRegion as region,
  exportBucket,
  exportRole,
  externalId,
  keyAlias,
  lenderRole,
  markerRole,
  principal,
  prunerRole,
  restoreRole,
  roleArn,
  sourceRole,
  stateBucket,
  stateRole,
  vaultAccount,
  vaultRole,
  visitorRole,
} from '../../../sandbox/seed/sandboxAccounts';
import { seedRequest } from '../../../sandbox/seed/seedRequest';
import { startAwsEmulator } from '../../../sandbox/servers';
import { changeStoredHold } from '../../../src/client/retention/changeStoredHold';
import { S3VaultStore } from '../../../src/clouds/aws/s3/s3VaultStore';
import { PlainHttp } from '../../../src/clouds/plainHttp';
import { bucketLayout } from '../../../src/core/catalogue/bucket';
import { newHold, withHold } from '../../../src/core/retention/hold';

/** The account of a database in use, and one of nobody's fleet that has a role of its own. */
const home = '999999999999';
const stranger = '666666666666';
const bucket = exportBucket('panda', region);
const archive = archiveBucket('panda');
const lockedArchive = `locked-${archive}`;
const archived = { kind: 'aurora-cluster', account: home, region, id: 'shop', arn: 'arn' };
const archivedAt = '2026-11-21T02:00:00Z';
const copyId = 'farcopy-shop-copy';
const copyArn = `arn:aws:rds:${region}:${vaultAccount}:cluster-snapshot:${copyId}`;
const sourceId = 'farcopy-shop-source';
const sourceArn = `arn:aws:rds:${region}:${home}:cluster-snapshot:${sourceId}`;
const production = `arn:aws:rds:${region}:${home}:cluster:shop`;
const tags = (given: Readonly<Record<string, string>>) => Object.entries(given).map(([Key, Value]) => ({ Key, Value }));
const ofCopy = { 'farcopy:fleet': 'panda', 'farcopy:retention': 'standard' };
const proof = { 'farcopy:verified': 'exists 2026-11-28T00:00:00Z' };
const free = { 'farcopy:hold': 'none' };
const marked = { 'farcopy:delete-after': '2026-11-25T00:00:00.000Z 0m4t58u4l6598' };
/** Copies in the vault, each of which lacks or bears one thing for which nobody may delete it; the first may go. */
const copiesOfRetention: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'farcopy-due': { ...ofCopy, ...proof, ...free, ...marked },
  'farcopy-unmarked': { ...ofCopy, ...proof, ...free },
  'farcopy-marked-no-more': { ...ofCopy, ...proof, ...free, 'farcopy:delete-after': 'none' },
  'farcopy-held': { ...ofCopy, ...proof, ...marked, 'farcopy:hold': 'lawyers' },
  'farcopy-without-hold': { ...ofCopy, ...proof, ...marked },
  'farcopy-unproven': { ...ofCopy, ...free, ...marked },
  'farcopy-temporary': { ...ofCopy, ...proof, ...free, ...marked, 'farcopy:retention': 'temporary' },
  'farcopy-of-nobody': { ...proof, ...free, ...marked },
  'payroll-of-friday': { ...ofCopy, ...proof, ...free, ...marked },
};
const arnInVault = (id: string) => `arn:aws:rds:${region}:${vaultAccount}:cluster-snapshot:${id}`;

let endpoint: string;
let worker: AwsKeyPair;
let workerPolicies: Readonly<Record<string, unknown>>;
let stop: () => Promise<unknown>;
let request: SeedRequest;

beforeAll(async () => {
  const { 'aws-emulator': emulator } = await provision(['aws-emulator']);
  const folder = await mkdtemp(join(tmpdir(), 'farcopy-test-'));
  const aws = await startAwsEmulator({ path: emulator.path, logFile: join(folder, 'aws.log') });
  ({ endpoint } = aws);
  stop = async () => {
    await aws.stop();
    await rm(folder, { recursive: true });
  };
  await changeSettings(endpoint, { timeScale: 0, enforcePermissions: true });
  request = seedRequest({
    accounts: [home],
    resources: ['shop', 'way-restored'].map((id) => ({
      ...{ kind: 'aurora-cluster', account: home, region, id, sizeGb: 10, engine: 'aurora-postgresql' },
      ...{ encryption: 'cmk', tags: {}, status: 'available' },
    })),
  });
  const everything = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };
  // The test's way to be the stranger.
  workerPolicies = { ...request.principal.policies, stranger: onlyAssume(roleArn(stranger, 'thief')) };
  ({ credentials: worker } = await plantSeed(endpoint, {
    ...request,
    principal: { ...request.principal, policies: workerPolicies },
    roles: [
      ...request.roles,
      {
        account: stranger,
        name: 'thief',
        trustedPrincipals: ['*'],
        policies: { everything },
      },
    ],
    keys: [...request.keys, { account: stranger, region, alias: keyAlias, grantAccounts: [] }],
  }));
  await plantBuckets({ awsEndpoint: endpoint, gcsEndpoint: null }, 'panda', [region]);
  const put = (path: string, body: string) =>
    callAws(endpoint, { service: 's3', account: vaultAccount, region, method: 'PUT', path, body });
  const location = `<CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><LocationConstraint>${region}</LocationConstraint></CreateBucketConfiguration>`;
  await put(`/${archive}`, location);
  await put('/payroll', location);
  await callAws(endpoint, {
    ...{ service: 's3', account: vaultAccount, region, method: 'PUT', path: `/${lockedArchive}`, body: location },
    headers: { 'x-amz-bucket-object-lock-enabled': 'true' },
  });
  await put(`/${lockedArchive}/keep/underway/data/x`, 'part');
  await put(`/${lockedArchive}/${bucketLayout.record(archived, archivedAt)}`, 'record');
  await put(`/${lockedArchive}/${bucketLayout.dataPrefix(archived, archivedAt)}manifest.json`, 'manifest');
  for (const name of [bucket, archive, 'payroll']) await put(`/${name}/data/secret.parquet`, 'secret');
  // A copy that is proven, made by the roles themselves: so much at least the templates allow.
  const source = await as(home, sourceRole);
  await source.rds.send(
    new CreateDBClusterSnapshotCommand({
      DBClusterIdentifier: 'shop',
      DBClusterSnapshotIdentifier: sourceId,
      Tags: tags(ofCopy),
    }),
  );
  await source.rds.send(new AddTagsToResourceCommand({ ResourceName: sourceArn, Tags: tags(proof) }));
  await source.rds.send(share(sourceId, vaultAccount));
  const vault = await as(vaultAccount, vaultRole);
  await vault.rds.send(
    new CopyDBClusterSnapshotCommand({
      SourceDBClusterSnapshotIdentifier: sourceArn,
      TargetDBClusterSnapshotIdentifier: copyId,
      KmsKeyId: keyAlias,
      Tags: tags(ofCopy),
    }),
  );
  await vault.rds.send(new AddTagsToResourceCommand({ ResourceName: copyArn, Tags: tags(proof) }));
  const visitor = await as(vaultAccount, visitorRole);
  for (const [id, given] of Object.entries(copiesOfRetention))
    await visitor.rds.send(
      new CopyDBClusterSnapshotCommand({
        SourceDBClusterSnapshotIdentifier: copyId,
        TargetDBClusterSnapshotIdentifier: id,
        KmsKeyId: keyAlias,
        Tags: tags(given),
      }),
    );
}, 120_000);

afterAll(async () => {
  await stop?.();
});

/** A seed that changes nothing. */
const nothingElse: SeedRequest = {
  ...{ principal, roles: [], keys: [], networks: [], resources: [], organization: { accounts: [] } },
};

const onlyAssume = (Resource: string | readonly string[]) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Resource }],
});

const share = (id: string, account: string) =>
  new ModifyDBClusterSnapshotAttributeCommand({
    DBClusterSnapshotIdentifier: id,
    AttributeName: 'restore',
    ValuesToAdd: [account],
  });

/** Somebody who has stolen a role, with a client of each service. */
async function as(account: string, role: string, id: string | undefined = externalId) {
  const credentials = { ...worker };
  const sts = new STSClient({ endpoint, region, credentials });
  const { Credentials: found } = await sts.send(
    new AssumeRoleCommand({ RoleArn: roleArn(account, role), RoleSessionName: 'thief', ExternalId: id }),
  );
  const settings = {
    endpoint,
    region,
    maxAttempts: 1,
    credentials: {
      accessKeyId: found?.AccessKeyId ?? '',
      secretAccessKey: found?.SecretAccessKey ?? '',
      sessionToken: found?.SessionToken ?? '',
    },
  };
  return {
    rds: new RDSClient(settings),
    kms: new KMSClient(settings),
    s3: new S3Client({ ...settings, forcePathStyle: true }),
    secrets: new SecretsManagerClient(settings),
    sts: new STSClient(settings),
  };
}
type Thief = Awaited<ReturnType<typeof as>>;

const grant = (grantee: string, changes: object = {}) =>
  new CreateGrantCommand({ KeyId: keyAlias, GranteePrincipal: grantee, Operations: ['Decrypt'], ...changes });
const restorer = roleArn(home, restoreRole);
const borrowed = { RetiringPrincipal: roleArn(vaultAccount, lenderRole), Operations: ['Decrypt', 'CreateGrant'] };
const restored = (id: string, changes: object = {}) =>
  new RestoreDBClusterFromSnapshotCommand({
    DBClusterIdentifier: id,
    SnapshotIdentifier: sourceArn,
    Engine: 'aurora-postgresql',
    Tags: tags({ 'farcopy:restore': 'farcopy-restore/x' }),
    ...changes,
  });
const tag = (arn: string, given: Readonly<Record<string, string>>) =>
  new AddTagsToResourceCommand({ ResourceName: arn, Tags: tags(given) });
const copied = (retention: string) =>
  new CopyDBClusterSnapshotCommand({
    SourceDBClusterSnapshotIdentifier: copyId,
    TargetDBClusterSnapshotIdentifier: 'farcopy-forged',
    KmsKeyId: keyAlias,
    Tags: tags({ 'farcopy:fleet': 'panda', 'farcopy:retention': retention }),
  });
const exported = (role: string) =>
  new StartExportTaskCommand({
    ExportTaskIdentifier: 'stolen',
    SourceArn: copyArn,
    S3BucketName: bucket,
    IamRoleArn: role,
    KmsKeyId: keyAlias,
  });

const entry = { Bucket: stateBucket('panda'), Key: 'ledger/panda/entry.json' };

type Attempt = (thief: Thief) => Promise<unknown>;
const readExport: Attempt = ({ s3 }) => s3.send(new GetObjectCommand({ Bucket: bucket, Key: 'data/secret.parquet' }));
const write =
  (Key: string): Attempt =>
  ({ s3 }) =>
    s3.send(new PutObjectCommand({ Bucket: archive, Key, Body: 'forged' }));
const lockPart: Attempt = ({ s3 }) =>
  s3.send(
    new PutObjectLegalHoldCommand({
      ...{ Bucket: lockedArchive, Key: 'keep/underway/data/x', LegalHold: { Status: 'ON' } },
    }),
  );
const deleteProduction: Attempt = ({ rds }) =>
  rds.send(new DeleteDBClusterCommand({ DBClusterIdentifier: 'shop', SkipFinalSnapshot: true }));
const changeProduction: Attempt = ({ rds }) =>
  rds.send(new ModifyDBClusterCommand({ DBClusterIdentifier: 'shop', MasterUserPassword: 'mine-from-now-on' }));
const tagProduction: Attempt = ({ rds }) => rds.send(tag(production, { 'farcopy:restore': 'mine' }));
const decrypt: Attempt = ({ kms }) =>
  kms.send(new DecryptCommand({ KeyId: keyAlias, CiphertextBlob: Buffer.from('x') }));
const readSecret: Attempt = ({ secrets }) => secrets.send(new GetSecretValueCommand({ SecretId: 'payroll' }));
const passRole: Attempt = ({ rds }) =>
  rds.send(new AddRoleToDBClusterCommand({ DBClusterIdentifier: 'shop', RoleArn: roleArn(home, 'administrator') }));
const grantToStranger: Attempt = ({ kms }) => kms.send(grant(`arn:aws:iam::${stranger}:root`));
const deleteCopy =
  (id: string): Attempt =>
  ({ rds }) =>
    rds.send(new DeleteDBClusterSnapshotCommand({ DBClusterSnapshotIdentifier: id }));
const relabel =
  (arn: string): Attempt =>
  ({ rds }) =>
    rds.send(tag(arn, { 'farcopy:retention': 'temporary' }));
const untag =
  (arn: string): Attempt =>
  ({ rds }) =>
    rds.send(new RemoveTagsFromResourceCommand({ ResourceName: arn, TagKeys: ['farcopy:verified'] }));
const assume =
  (account: string, role: string): Attempt =>
  ({ sts }) =>
    sts.send(
      new AssumeRoleCommand({ RoleArn: roleArn(account, role), RoleSessionName: 'thief', ExternalId: externalId }),
    );

const give =
  (id: string, given: Readonly<Record<string, string>>): Attempt =>
  ({ rds }) =>
    rds.send(tag(arnInVault(id), given));
const shareCopy: Attempt = ({ rds }) => rds.send(share('farcopy-due', stranger));
const restoreCopy: Attempt = ({ rds }) => rds.send(restored('stolen', { SnapshotIdentifier: 'farcopy-due' }));
const exportCopy: Attempt = ({ rds }) => rds.send(exported(roleArn(vaultAccount, exportRole)));

const attacks: Readonly<Record<string, readonly (readonly [string, string, Attempt])[]>> = {
  [`${home} ${sourceRole}`]: [
    ['reads an export', 's3:GetObject', readExport],
    ['deletes production', 'rds:DeleteDBCluster', deleteProduction],
    ['changes production', 'rds:ModifyDBCluster', changeProduction],
    ['tags production', 'rds:AddTagsToResource', tagProduction],
    ['deletes a proven snapshot', 'rds:DeleteDBClusterSnapshot', deleteCopy(sourceId)],
    ['calls a proven snapshot temporary', 'rds:AddTagsToResource', relabel(sourceArn)],
    ['takes the proof away', 'rds:RemoveTagsFromResource', untag(sourceArn)],
    ['marks a snapshot to be deleted', 'rds:AddTagsToResource', ({ rds }) => rds.send(tag(sourceArn, marked))],
    ['grants a key to a stranger', 'kms:CreateGrant', grantToStranger],
    ['decrypts by itself', 'kms:Decrypt', decrypt],
    ['reads a secret', 'secretsmanager:GetSecretValue', readSecret],
    ['passes a role', 'rds:AddRoleToDBCluster', passRole],
    ['takes on the vault role', 'sts:AssumeRole', assume(vaultAccount, vaultRole)],
  ],
  [`${vaultAccount} ${vaultRole}`]: [
    [
      'shares a copy with a stranger',
      'rds:ModifyDBClusterSnapshotAttribute',
      ({ rds }) => rds.send(share(copyId, stranger)),
    ],
    ['deletes a proven copy', 'rds:DeleteDBClusterSnapshot', deleteCopy(copyId)],
    ['calls a proven copy temporary', 'rds:AddTagsToResource', relabel(copyArn)],
    ['marks a copy to be deleted', 'rds:AddTagsToResource', give('farcopy-unmarked', marked)],
    ['marks one that is not proven', 'rds:AddTagsToResource', give('farcopy-unproven', marked)],
    [
      'gives a proven copy to a restore',
      'rds:AddTagsToResource',
      ({ rds }) => rds.send(tag(copyArn, { 'farcopy:restore': 'x' })),
    ],
    ['takes the proof away', 'rds:RemoveTagsFromResource', untag(copyArn)],
    ['grants a key to a stranger', 'kms:CreateGrant', grantToStranger],
    ['grants a key to a role that restores', 'kms:CreateGrant', ({ kms }) => kms.send(grant(restorer, borrowed))],
    ['decrypts by itself', 'kms:Decrypt', decrypt],
    ['disables the key', 'kms:DisableKey', ({ kms }) => kms.send(new DisableKeyCommand({ KeyId: keyAlias }))],
    [
      'opens the key',
      'kms:PutKeyPolicy',
      ({ kms }) => kms.send(new PutKeyPolicyCommand({ KeyId: keyAlias, Policy: '{}' })),
    ],
    [
      'makes a database of a copy',
      'rds:RestoreDBClusterFromSnapshot',
      ({ rds }) => rds.send(restored('stolen', { SnapshotIdentifier: copyId })),
    ],
    [
      'has an export written by another role',
      'iam:PassRole',
      ({ rds }) => rds.send(exported(roleArn(vaultAccount, 'administrator'))),
    ],
    [
      'deletes an export',
      's3:DeleteObject',
      ({ s3 }) => s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'data/secret.parquet' })),
    ],
    [
      'releases a hold in the archive',
      's3:PutObject',
      write('retention/holds/aurora-cluster/999999999999/eu-west-1/shop/20261121t020000z/x/y-released.json'),
    ],
    [
      'deletes what lies in the archive',
      's3:DeleteObject',
      ({ s3 }) => s3.send(new DeleteObjectCommand({ Bucket: archive, Key: 'data/secret.parquet' })),
    ],
    [
      'reads another bucket',
      's3:GetObject',
      ({ s3 }) => s3.send(new GetObjectCommand({ Bucket: 'payroll', Key: 'data/secret.parquet' })),
    ],
  ],
  [`${vaultAccount} ${stateRole}`]: [
    ['deletes an entry', 's3:DeleteObject', ({ s3 }) => s3.send(new DeleteObjectCommand(entry))],
    [
      'deletes a version of an entry',
      's3:DeleteObjectVersion',
      ({ s3 }) => s3.send(new DeleteObjectCommand({ ...entry, VersionId: 'a' })),
    ],
    [
      'writes beside the ledger',
      's3:PutObject',
      ({ s3 }) => s3.send(new PutObjectCommand({ Bucket: entry.Bucket, Key: 'elsewhere/entry.json', Body: '{}' })),
    ],
    [
      'deletes the index',
      's3:DeleteObject',
      ({ s3 }) => s3.send(new DeleteObjectCommand({ Bucket: entry.Bucket, Key: 'index/panda/index.json' })),
    ],
    [
      'locks the index, so that its versions pile up',
      's3:PutObjectRetention',
      ({ s3 }) =>
        s3.send(
          new PutObjectRetentionCommand({
            ...{ Bucket: entry.Bucket, Key: 'index/panda/index.json' },
            Retention: { Mode: 'COMPLIANCE', RetainUntilDate: new Date(Date.now() + 3600_000) },
          }),
        ),
    ],
    ['reads an export', 's3:GetObject', readExport],
    ['decrypts by itself', 'kms:Decrypt', decrypt],
  ],
  [`${vaultAccount} ${lenderRole}`]: [
    ['grants a key to a stranger', 'kms:CreateGrant', grantToStranger],
    [
      'lends the key to a stranger as it does to restores',
      'kms:CreateGrant',
      ({ kms }) => kms.send(grant(`arn:aws:iam::${stranger}:root`, borrowed)),
    ],
    [
      'shares a copy that nobody has proven',
      'rds:ModifyDBClusterSnapshotAttribute',
      ({ rds }) => rds.send(share('farcopy-unproven', home)),
    ],
    [
      'grants more than reading',
      'kms:CreateGrant',
      ({ kms }) => kms.send(grant(restorer, { ...borrowed, Operations: ['Decrypt', 'RetireGrant'] })),
    ],
    [
      'grants for good',
      'kms:CreateGrant',
      ({ kms }) => kms.send(grant(restorer, { ...borrowed, RetiringPrincipal: undefined })),
    ],
    [
      'revokes a grant of RDS',
      'kms:RevokeGrant',
      ({ kms }) => kms.send(new RevokeGrantCommand({ KeyId: keyAlias, GrantId: 'a'.repeat(64) })),
    ],
    ['decrypts by itself', 'kms:Decrypt', decrypt],
    ['deletes a proven copy', 'rds:DeleteDBClusterSnapshot', deleteCopy(copyId)],
    ['calls a proven copy temporary', 'rds:AddTagsToResource', relabel(copyArn)],
    ['takes the proof away', 'rds:RemoveTagsFromResource', untag(copyArn)],
    ['forges a copy that stays', 'rds:AddTagsToResource', ({ rds }) => rds.send(copied('standard'))],
    [
      'makes a database of a copy',
      'rds:RestoreDBClusterFromSnapshot',
      ({ rds }) => rds.send(restored('stolen', { SnapshotIdentifier: copyId })),
    ],
    ['reads an export', 's3:GetObject', readExport],
  ],
  [`${vaultAccount} ${markerRole}`]: [
    ['deletes a copy that is marked', 'rds:DeleteDBClusterSnapshot', deleteCopy('farcopy-due')],
    ['deletes one that is not proven', 'rds:DeleteDBClusterSnapshot', deleteCopy('farcopy-unproven')],
    ['shares a copy with a stranger', 'rds:ModifyDBClusterSnapshotAttribute', shareCopy],
    ['calls a proven copy temporary', 'rds:AddTagsToResource', relabel(copyArn)],
    ['forges a proof', 'rds:AddTagsToResource', give('farcopy-unproven', proof)],
    ['forges one beside a mark', 'rds:AddTagsToResource', give('farcopy-unproven', { ...marked, ...proof })],
    ['says that a copy is older', 'rds:AddTagsToResource', give('farcopy-unmarked', { 'farcopy:data-time': 'x' })],
    ['marks what is not Farcopy’s by its name', 'rds:AddTagsToResource', give('payroll-of-friday', marked)],
    ['marks what is not Farcopy’s by its tags', 'rds:AddTagsToResource', give('farcopy-of-nobody', marked)],
    ['takes a hold off as a tag', 'rds:RemoveTagsFromResource', untag(arnInVault('farcopy-held'))],
    ['has a copy exported', 'rds:StartExportTask', exportCopy],
    ['makes a database of a copy', 'rds:RestoreDBClusterFromSnapshot', restoreCopy],
    ['forges a copy that stays', 'rds:CopyDBClusterSnapshot', ({ rds }) => rds.send(copied('standard'))],
    ['reads an export', 's3:GetObject', readExport],
    [
      'reads data that it may hold',
      's3:GetObject',
      ({ s3 }) => s3.send(new GetObjectCommand({ Bucket: archive, Key: 'data/secret.parquet' })),
    ],
    ['overwrites data in the archive', 's3:PutObject', write('data/secret.parquet')],
    [
      'forges the record of what is called as holds are',
      's3:PutObject',
      write('keep/catalogue/aurora-cluster/999999999999/retention/holds/20261121t020000z.json'),
    ],
    [
      'writes into data that lie as holds do',
      's3:PutObject',
      write('data/aurora-cluster/999999999999/eu-west-1/retention/20261121t020000z/export/retention/holds/a'),
    ],
    ['locks parts on their way', 's3:PutObjectLegalHold', lockPart],
    [
      'writes where it says who holds the copy of a database of that name',
      's3:PutObject',
      write('data/retention/holds.x'),
    ],
    [
      'deletes what lies in the archive',
      's3:DeleteObject',
      ({ s3 }) => s3.send(new DeleteObjectCommand({ Bucket: archive, Key: 'data/secret.parquet' })),
    ],
    ['decrypts by itself', 'kms:Decrypt', decrypt],
    ['takes on the role that deletes', 'sts:AssumeRole', assume(vaultAccount, prunerRole)],
  ],
  [`${home} ${markerRole}`]: [
    ['deletes a proven snapshot', 'rds:DeleteDBClusterSnapshot', deleteCopy(sourceId)],
    ['tags production', 'rds:AddTagsToResource', tagProduction],
    ['deletes production', 'rds:DeleteDBCluster', deleteProduction],
    ['changes production', 'rds:ModifyDBCluster', changeProduction],
  ],
  [`${vaultAccount} ${prunerRole}`]: [
    ['deletes a copy that is not marked', 'rds:DeleteDBClusterSnapshot', deleteCopy('farcopy-unmarked')],
    ['deletes one that is marked no more', 'rds:DeleteDBClusterSnapshot', deleteCopy('farcopy-marked-no-more')],
    ['deletes one that is held', 'rds:DeleteDBClusterSnapshot', deleteCopy('farcopy-held')],
    ['deletes one that says nothing of holds', 'rds:DeleteDBClusterSnapshot', deleteCopy('farcopy-without-hold')],
    ['deletes one that is not proven', 'rds:DeleteDBClusterSnapshot', deleteCopy('farcopy-unproven')],
    ['deletes what is temporary', 'rds:DeleteDBClusterSnapshot', deleteCopy('farcopy-temporary')],
    ['deletes what bears no fleet', 'rds:DeleteDBClusterSnapshot', deleteCopy('farcopy-of-nobody')],
    ['deletes what has another name', 'rds:DeleteDBClusterSnapshot', deleteCopy('payroll-of-friday')],
    ['marks a copy', 'rds:AddTagsToResource', give('farcopy-unmarked', marked)],
    ['takes a hold off', 'rds:AddTagsToResource', give('farcopy-held', free)],
    ['takes a hold off as a tag', 'rds:RemoveTagsFromResource', untag(arnInVault('farcopy-held'))],
    ['forges a proof', 'rds:AddTagsToResource', give('farcopy-unproven', proof)],
    ['shares a copy with a stranger', 'rds:ModifyDBClusterSnapshotAttribute', shareCopy],
    ['has a copy exported', 'rds:StartExportTask', exportCopy],
    ['makes a database of a copy', 'rds:RestoreDBClusterFromSnapshot', restoreCopy],
    ['reads an export', 's3:GetObject', readExport],
    [
      'deletes an export',
      's3:DeleteObject',
      ({ s3 }) => s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'data/secret.parquet' })),
    ],
    ['decrypts by itself', 'kms:Decrypt', decrypt],
    ['takes on the role that marks', 'sts:AssumeRole', assume(vaultAccount, markerRole)],
  ],
  [`${home} ${prunerRole}`]: [
    ['deletes a proven snapshot that nobody has marked', 'rds:DeleteDBClusterSnapshot', deleteCopy(sourceId)],
    ['deletes production', 'rds:DeleteDBCluster', deleteProduction],
    ['changes production', 'rds:ModifyDBCluster', changeProduction],
  ],
  [`${home} ${restoreRole}`]: [
    ['deletes production', 'rds:DeleteDBCluster', deleteProduction],
    ['tags production as its own', 'rds:AddTagsToResource', tagProduction],
    ['changes production', 'rds:ModifyDBCluster', changeProduction],
    [
      'deletes what someone else has called as restores call theirs',
      'rds:DeleteDBCluster',
      ({ rds }) =>
        rds.send(new DeleteDBClusterCommand({ DBClusterIdentifier: 'way-restored', SkipFinalSnapshot: true })),
    ],
    [
      'makes a database in production’s place',
      'rds:RestoreDBClusterFromSnapshot',
      ({ rds }) => rds.send(restored('shop-2')),
    ],
    ['passes a role', 'rds:AddRoleToDBCluster', passRole],
    [
      'shares a snapshot with a stranger',
      'rds:ModifyDBClusterSnapshotAttribute',
      ({ rds }) => rds.send(share(sourceId, stranger)),
    ],
    ['deletes a proven snapshot', 'rds:DeleteDBClusterSnapshot', deleteCopy(sourceId)],
    ['calls a proven snapshot temporary', 'rds:AddTagsToResource', relabel(sourceArn)],
    ['grants a key to a stranger', 'kms:CreateGrant', grantToStranger],
    ['decrypts by itself', 'kms:Decrypt', decrypt],
    ['reads a secret', 'secretsmanager:GetSecretValue', readSecret],
    ['reads an export', 's3:GetObject', readExport],
  ],
};

describe.each(Object.entries(attacks))('whoever has stolen %s', (whose, attempts) => {
  it.each(attempts)('is refused when it %s', async (_, action, attempt) => {
    const [account = '', role = ''] = whose.split(' ');
    const refused: unknown = await attempt(await as(account, role)).then(
      () => null,
      (error: unknown) => error,
    );
    expect(refused).toMatchObject({ name: expect.stringMatching(/^AccessDenied(Exception)?$/) as string });
    expect((refused as Error).message).toMatch(
      new RegExp(
        `^User: arn:aws:sts::${account}:assumed-role/${role}/thief is not authorized to perform: ${action}\\b`,
      ),
    );
  });
});

describe('an administrator of the vault', () => {
  const everything = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };
  const administrator = { account: vaultAccount, trustedPrincipals: ['*'], policies: { everything } };
  const render = (template: string, parameters: Readonly<Record<string, string>>, resource: string) =>
    renderStack({ template, account: vaultAccount, region, parameters }).get(resource)?.properties ?? {};
  const plant = (roles: SeedRequest['roles'], more: Partial<SeedRequest> = {}) =>
    plantSeed(endpoint, { ...nothingElse, roles, ...more });
  const attempts: readonly (readonly [string, string, Attempt])[] = [
    ['deletes a proven copy', 'rds:DeleteDBClusterSnapshot', deleteCopy(copyId)],
    ['deletes one that is not proven', 'rds:DeleteDBClusterSnapshot', deleteCopy('farcopy-not-proven')],
    ['calls a proven copy temporary', 'rds:AddTagsToResource', relabel(copyArn)],
    ['takes the proof away', 'rds:RemoveTagsFromResource', untag(copyArn)],
    ['marks it to be deleted', 'rds:AddTagsToResource', give('farcopy-unmarked', marked)],
    ['marks one that is not proven', 'rds:AddTagsToResource', give('farcopy-unproven', marked)],
    ['takes a hold off', 'rds:AddTagsToResource', give('farcopy-held', free)],
    ['deletes one that is marked', 'rds:DeleteDBClusterSnapshot', deleteCopy('farcopy-due')],
    [
      'shares it with a stranger',
      'rds:ModifyDBClusterSnapshotAttribute',
      ({ rds }) => rds.send(share(copyId, stranger)),
    ],
    [
      'takes the material of the key away',
      'kms:DeleteImportedKeyMaterial',
      ({ kms }) => kms.send(new DeleteImportedKeyMaterialCommand({ KeyId: keyAlias })),
    ],
    ['disables the key', 'kms:DisableKey', ({ kms }) => kms.send(new DisableKeyCommand({ KeyId: keyAlias }))],
    [
      'opens the key',
      'kms:PutKeyPolicy',
      ({ kms }) => kms.send(new PutKeyPolicyCommand({ KeyId: keyAlias, Policy: '{}' })),
    ],
  ];
  const wayIn = ['free', 'bound', 'controlled'].map((name) => roleArn(vaultAccount, name));

  beforeAll(async () => {
    const { PolicyDocument: boundary } = render('vault-boundary', {}, 'Boundary');
    await plant(
      [
        { ...administrator, name: 'free' },
        { ...administrator, name: 'controlled' },
        { ...administrator, name: 'bound', boundary },
      ],
      {
        principal: { ...principal, policies: { ...workerPolicies, administrators: onlyAssume(wayIn) } },
      },
    );
  });

  it('may do all of it where nothing keeps him from it', async () => {
    const { rds } = await as(vaultAccount, 'free');
    await expect(
      rds.send(new DeleteDBClusterSnapshotCommand({ DBClusterSnapshotIdentifier: 'farcopy-nothing' })),
    ).rejects.toMatchObject({ name: 'DBClusterSnapshotNotFoundFault' });
    await expect(rds.send(share(copyId, home))).resolves.toBeDefined();
  });

  it.each(attempts)('is refused by the permissions boundary when he %s', async (_, action, attempt) => {
    await expect(attempt(await as(vaultAccount, 'bound'))).rejects.toThrow(
      `is not authorized to perform: ${action} on resource: `,
    );
  });

  it.each(attempts)('is refused by the service control policy when he %s', async (_, action, attempt) => {
    const { Content } = render('undeletable-copies', { VaultAccountIds: vaultAccount }, 'Policy');
    await plant([], { controlPolicies: { [vaultAccount]: [Content] } });
    const refused = attempt(await as(vaultAccount, 'controlled'));
    await expect(refused).rejects.toThrow(new RegExp(`perform: ${action}.* in a service control policy$`));
    await plant([], { controlPolicies: {} });
  });
});

describe('the roles of retention, where a service control policy binds the vault', () => {
  const controlPolicy = () =>
    renderStack({
      ...{ template: 'undeletable-copies', account: vaultAccount, region },
      parameters: { VaultAccountIds: vaultAccount },
    }).get('Policy')?.properties.Content;
  const bind = (Content: unknown) =>
    plantSeed(endpoint, {
      ...{ ...nothingElse, principal: { ...principal, policies: workerPolicies } },
      controlPolicies: Content === undefined ? {} : { [vaultAccount]: [Content] },
    });
  beforeAll(() => bind(controlPolicy()));
  afterAll(() => bind(undefined));

  it.each([
    ['deletes what nobody has marked', 'farcopy-unmarked'],
    ['deletes what is held', 'farcopy-held'],
    ['deletes what is not proven', 'farcopy-unproven'],
  ])('whoever has given himself all rights of the one that deletes is refused when he %s', async (_, id) => {
    await withAllRights(prunerRole, async () => {
      await expect(deleteCopy(id)(await as(vaultAccount, prunerRole))).rejects.toThrow(
        /perform: rds:DeleteDBClusterSnapshot.* in a service control policy$/,
      );
    });
  });

  it('whoever has given himself all rights of the one that marks is refused when he forges a proof', async () => {
    await withAllRights(markerRole, async () => {
      await expect(give('farcopy-unproven', proof)(await as(vaultAccount, markerRole))).rejects.toThrow(
        /perform: rds:AddTagsToResource.* in a service control policy$/,
      );
    });
  });

  it('the one that marks holds a copy in a bucket and lets it go, and S3 deletes nothing of it meanwhile', async () => {
    const marker = await as(vaultAccount, markerRole);
    const visitor = await as(vaultAccount, visitorRole);
    const http = new PlainHttp({});
    const scope = { account: vaultAccount, region, access: 'marker' } as const;
    const bucket = new S3VaultStore({ client: marker.s3, bucket: lockedArchive, scope, http, key: keyAlias });
    const url = { scheme: 's3', bucket: lockedArchive, prefix: '' } as const;
    const holder = { url, bucket, resource: archived, scheduledTime: archivedAt };
    const hold = newHold('anna@laptop', Date.now(), 'breach-7', 'ticket');
    const { signal } = new AbortController();
    const change = (by: (value: string) => string | null) => changeStoredHold(holder, by, Date.now, signal);
    const Key = bucketLayout.record(archived, archivedAt);
    const version = async () => {
      for await (const [one] of bucket.listVersions(Key)) if (one !== undefined) return one.version;
      throw new Error(`${Key}: there is none`);
    };
    const remove = async () =>
      visitor.s3.send(new DeleteObjectCommand({ Bucket: lockedArchive, Key, VersionId: await version() }));
    expect(await change((value) => withHold(value, hold))).toEqual({ state: 'changed', locked: true, remark: null });
    await expect(remove()).rejects.toThrow(/Access ?Denied/i);
    expect(await change(() => 'none')).toEqual({ state: 'changed', locked: false, remark: null });
    await remove();
    http.close();
  });

  it('the one marks, holds and lets go, and the other deletes what is marked', async () => {
    const marker = await as(vaultAccount, markerRole);
    const pruner = await as(vaultAccount, prunerRole);
    const described = async () => {
      const { DBClusterSnapshots: found = [] } = await pruner.rds.send(new DescribeDBClusterSnapshotsCommand({}));
      return found.map(({ DBClusterSnapshotIdentifier: id }) => id);
    };
    await give('farcopy-due', { 'farcopy:hold': 'lawyers' })(marker);
    await expect(deleteCopy('farcopy-due')(pruner)).rejects.toThrow('rds:DeleteDBClusterSnapshot');
    await give('farcopy-due', free)(marker);
    await give('farcopy-marked-no-more', marked)(marker);
    expect(await described()).toEqual(expect.arrayContaining(['farcopy-due', 'farcopy-marked-no-more']));
    for (const id of ['farcopy-due', 'farcopy-marked-no-more']) await deleteCopy(id)(pruner);
    expect(await described()).not.toContain('farcopy-due');
    expect(await described()).toContain('farcopy-unmarked');
  });

  /** The policies of a role are others for as long as `run` takes. */
  async function withAllRights(name: string, run: () => Promise<void>): Promise<void> {
    const own = request.roles.find((role) => role.account === vaultAccount && role.name === name);
    if (own === undefined) throw new Error(`there is no role ${name}`);
    const everything = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };
    const plant = (role: SeedRequest['roles'][number]) =>
      plantSeed(endpoint, {
        ...{ ...nothingElse, principal: { ...principal, policies: workerPolicies }, roles: [role] },
        controlPolicies: { [vaultAccount]: [controlPolicy()] },
      });
    await plant({ ...own, policies: { everything } });
    try {
      await run();
    } finally {
      await plant(own);
    }
  }
});

it('a copy that the lender shares with a stranger is of no use to him', async () => {
  const lender = await as(vaultAccount, lenderRole);
  await lender.rds.send(share(copyId, stranger));
  const thief = await as(stranger, 'thief');
  const { DBClusterSnapshots: seen = [] } = await thief.rds.send(
    new DescribeDBClusterSnapshotsCommand({ SnapshotType: 'shared', IncludeShared: true }),
  );
  expect(seen.map(({ DBClusterSnapshotArn }) => DBClusterSnapshotArn)).toContain(copyArn);
  const taken = thief.rds.send(
    new CopyDBClusterSnapshotCommand({
      SourceDBClusterSnapshotIdentifier: copyArn,
      TargetDBClusterSnapshotIdentifier: 'stolen',
      KmsKeyId: keyAlias,
    }),
  );
  await expect(taken).rejects.toMatchObject({ name: 'KMSKeyNotAccessibleFault' });
});

it('what the lender lends is read by the role that it is lent to, until it is taken back', async () => {
  const lender = await as(vaultAccount, lenderRole);
  const restores = await as(home, restoreRole);
  const restore = () =>
    restores.rds.send(restored('shop-restored', { SnapshotIdentifier: copyArn, KmsKeyId: 'alias/aws/rds' }));
  await lender.rds.send(share(copyId, home));
  await expect(restore()).rejects.toMatchObject({ name: 'KMSKeyNotAccessibleFault' });
  const { GrantId } = await lender.kms.send(
    grant(restorer, { ...borrowed, Operations: ['Decrypt', 'CreateGrant', 'DescribeKey'] }),
  );
  await expect(restore()).resolves.toMatchObject({ DBCluster: { DBClusterIdentifier: 'shop-restored' } });
  expect(GrantId).toEqual(expect.any(String));
});

it.each([
  [home, sourceRole],
  [vaultAccount, vaultRole],
  [vaultAccount, lenderRole],
  [home, restoreRole],
])('nobody takes on %s %s without the external id', async (account, role) => {
  for (const id of ['wrong', undefined])
    await expect(
      new STSClient({ endpoint, region, credentials: worker }).send(
        new AssumeRoleCommand({ RoleArn: roleArn(account, role), RoleSessionName: 'thief', ExternalId: id }),
      ),
    ).rejects.toMatchObject({ name: 'AccessDenied' });
});

it('RDS takes on the export role, and nobody else does', async () => {
  await expect(as(vaultAccount, exportRole)).rejects.toMatchObject({ name: 'AccessDenied' });
});

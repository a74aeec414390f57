import { type Answers, page, textOf } from '../answers';
import { awsError } from '../awsError';
import { type FakeExport, type FakeExports } from '../exports';

const described = (exports: FakeExports) => (task: FakeExport) => ({
  ExportTaskIdentifier: task.id,
  SourceArn: task.sourceArn,
  S3Bucket: task.bucket,
  S3Prefix: task.prefix,
  KmsKeyId: task.keyArn,
  Status: exports.statusOf(task),
  PercentProgress: exports.percentOf(task),
});

/** What RDS answers about exports, and S3 about the bucket that they go to. */
export const exportAnswers: Answers = {
  StartExportTask: (input, place, { exports }) => {
    const id = textOf(input, 'ExportTaskIdentifier');
    return {
      call: 'startExport',
      about: id,
      work: () => {
        if (exports.in(place).has(id)) throw awsError('ExportTaskAlreadyExists', `${id} exists already`);
        const task = {
          id,
          sourceArn: textOf(input, 'SourceArn'),
          bucket: textOf(input, 'S3BucketName'),
          prefix: textOf(input, 'S3Prefix'),
          keyArn: textOf(input, 'KmsKeyId'),
        };
        return described(exports)(exports.begin(task, place));
      },
    };
  },

  DescribeExportTasks: (input, place, { exports }) => {
    const id = textOf(input, 'ExportTaskIdentifier');
    return {
      call: 'exports',
      about: id,
      work: () => {
        const tasks = [...exports.in(place).values()].filter((task) => id === '' || task.id === id);
        return page('ExportTasks', tasks, input, described(exports));
      },
    };
  },

  CancelExportTask: (input, place, { exports }) => {
    const id = textOf(input, 'ExportTaskIdentifier');
    return {
      call: 'cancelExport',
      about: id,
      work: () => {
        const task = exports.in(place).get(id);
        if (task === undefined) throw awsError('ExportTaskNotFound', `${id}: there is none`);
        task.ended = 'CANCELED';
        return described(exports)(task);
      },
    };
  },

  HeadBucket: (input, { region }) => ({
    call: 'exports',
    about: textOf(input, 'Bucket'),
    work: () => ({ BucketRegion: region }),
  }),
};

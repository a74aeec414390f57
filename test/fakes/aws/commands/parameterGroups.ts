import { type DatabaseConfiguration, type ParameterGroup } from '../../../../src/kinds/rds/databaseConfiguration';
import { type Answer, type Answers, type Input, maybeText, page, tagList, tagsIn, textOf } from '../answers';
import { awsError } from '../awsError';
import { type CloudState } from '../cloudState';
import { firstOf } from '../databases';
import { type Form, forms, wordsOf } from '../forms';
import { type Place } from '../places';
import { tagsOfDatabase } from './databases';
import { byArn } from './snapshots';

/** What RDS answers about parameter groups. */
export const parameterGroupAnswers: Answers = Object.assign({}, ...forms.map(answersOf), {
  ListTagsForResource: (input: Input, place: Place, cloud: CloudState): Answer => {
    const arn = textOf(input, 'ResourceName');
    return {
      call: 'tagsOf',
      about: arn,
      work: () => {
        const groups = forms.flatMap((form) => cloud.groups.in(form, place));
        const tags = groups.find((group) => group.arn === arn)?.tags ?? byArn(cloud, arn)?.tags;
        return { TagList: tagList(tags ?? tagsOfDatabase(cloud, place, arn)) };
      },
    };
  },
}) as Answers;

interface Described {
  readonly name: string;
  readonly arn: string;
  readonly family: string | null;
  readonly description: string | null;
  readonly parameters: ReadonlyMap<string, string>;
}

function answersOf(form: Form): Answers {
  const { parameterGroup: noun, database } = wordsOf[form];
  const nameMember = `${noun}Name`;
  const parametersNoun = `${database}Parameters`;

  return {
    [`Describe${noun}s`]: (input, place, cloud) => {
      const name = maybeText(input, nameMember);
      return {
        call: 'parameterGroups',
        about: name ?? '',
        work: () => {
          const found: Described[] =
            name === undefined ? cloud.groups.in(form, place) : [mustFind(form, cloud, place, name)];
          return page(`${noun}s`, found, input, ({ name: one, arn, family, description }) => ({
            [nameMember]: one,
            [`${noun}Arn`]: arn,
            DBParameterGroupFamily: family ?? undefined,
            Description: description ?? undefined,
          }));
        },
      };
    },

    [`Describe${parametersNoun}`]: (input, place, cloud) => {
      const name = textOf(input, nameMember);
      return {
        call: 'parameterGroups',
        about: name,
        work: () => {
          const { parameters } = mustFind(form, cloud, place, name);
          return page('Parameters', [...parameters], input, ([ParameterName, ParameterValue]) => ({
            ParameterName,
            ParameterValue,
            ApplyMethod: 'pending-reboot',
          }));
        },
      };
    },

    [`Create${noun}`]: (input, place, { groups }) => {
      const name = textOf(input, nameMember);
      return {
        call: 'createParameterGroup',
        about: name,
        work: () => {
          if (groups.find(form, name, place) !== undefined)
            throw awsError('DBParameterGroupAlreadyExists', `Parameter group ${name} already exists`);
          groups.add(
            {
              name,
              form,
              arn: arnOf(form, name, place),
              family: textOf(input, 'DBParameterGroupFamily'),
              description: textOf(input, 'Description'),
              parameters: new Map(),
              tags: tagsIn(input),
            },
            place,
          );
          return {};
        },
      };
    },

    [`Modify${noun}`]: (input, place, { groups }) => {
      const name = textOf(input, nameMember);
      return {
        call: 'setParameters',
        about: name,
        work: () => {
          const parameters = (input.Parameters as { ParameterName?: string; ParameterValue?: string }[]) ?? [];
          for (const { ParameterName = '', ParameterValue = '' } of parameters)
            groups.find(form, name, place)?.parameters.set(ParameterName, ParameterValue);
          return {};
        },
      };
    },

    [`Delete${noun}`]: (input, place, { groups }) => {
      const name = textOf(input, nameMember);
      return {
        call: 'removeParameterGroup',
        about: name,
        work: () => {
          groups.remove(form, name, place);
          return {};
        },
      };
    },
  };
}

/** One that was made, that a database of the place has, or that is there because it is named. */
function mustFind(form: Form, cloud: CloudState, place: Place, name: string): Described {
  const { groups } = cloud;
  const made = groups.find(form, name, place);
  if (made !== undefined) return made;
  if (!groups.has(name, place)) throw awsError('DBParameterGroupNotFound', `${name} not found.`, 404);
  const of = attached(form, cloud, place, name);
  return {
    name,
    arn: arnOf(form, name, place),
    family: of?.family ?? null,
    description: of?.description ?? null,
    parameters: new Map((of?.parameters ?? []).map((one) => [one.name, one.value])),
  };
}

function attached(form: Form, { databases }: CloudState, place: Place, name: string): ParameterGroup | undefined {
  const groupsOf = (configuration: DatabaseConfiguration, of: Form) => [
    ...(of === form ? [configuration.parameterGroup] : []),
    ...(form === 'instance' ? configuration.instances.map(({ parameterGroup }) => parameterGroup) : []),
  ];
  return firstOf(forms, (of) =>
    firstOf(databases.resourcesIn(of, place), (resource) =>
      groupsOf(databases.configuration(resource), of)
        .flatMap((group) => group ?? [])
        .find((group) => group.name === name),
    ),
  );
}

const arnOf = (form: Form, name: string, { account, region }: Place) =>
  `arn:aws:rds:${region}:${account}:${wordsOf[form].parameterGroupArnType}:${name}`;

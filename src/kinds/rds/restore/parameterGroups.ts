import {
  CreateDBClusterParameterGroupCommand,
  CreateDBParameterGroupCommand,
  DeleteDBClusterParameterGroupCommand,
  DeleteDBParameterGroupCommand,
  ModifyDBClusterParameterGroupCommand,
  ModifyDBParameterGroupCommand,
  paginateDescribeDBClusterParameterGroups,
  paginateDescribeDBClusterParameters,
  paginateDescribeDBParameterGroups,
  paginateDescribeDBParameters,
  type Parameter as RdsParameter,
} from '@aws-sdk/client-rds';
import { isDefaultGroup, type Parameter, type ParameterGroup } from '../databaseConfiguration';
import { type ParameterGroupOwner } from './restoreOperations';
import { type ParameterGroupApi } from './restoreApi';
import { toTagList } from '../tags';

/** AWS demands a description. */
const description = (group: ParameterGroup) => group.description ?? `of ${group.name}, made by Farcopy`;

export const parameterGroupApis: Readonly<Record<ParameterGroupOwner, ParameterGroupApi>> = {
  cluster: {
    nouns: 'DBClusterParameterGroup',

    async *list(client, options) {
      for await (const { DBClusterParameterGroups = [] } of paginateDescribeDBClusterParameterGroups(
        { client },
        {},
        options,
      ))
        yield DBClusterParameterGroups.flatMap((group) =>
          ofSomebody(group.DBClusterParameterGroupName, group.DBClusterParameterGroupArn, group.DBParameterGroupFamily),
        );
    },

    async family(client, name, options) {
      const input = { DBClusterParameterGroupName: name };
      for await (const page of paginateDescribeDBClusterParameterGroups({ client }, input, options))
        for (const group of page.DBClusterParameterGroups ?? [])
          return {
            family: group.DBParameterGroupFamily ?? null,
            description: group.Description ?? null,
            arn: group.DBClusterParameterGroupArn ?? '',
          };
      return undefined;
    },

    async parameters(client, name, options) {
      const found: Parameter[] = [];
      const input = { DBClusterParameterGroupName: name, Source: 'user' };
      for await (const page of paginateDescribeDBClusterParameters({ client }, input, options))
        found.push(...(page.Parameters ?? []).flatMap(toParameter));
      return found;
    },

    async create(client, group, tags, options) {
      const input = {
        DBClusterParameterGroupName: group.name,
        DBParameterGroupFamily: group.family ?? undefined,
        Description: description(group),
        Tags: toTagList(tags),
      };
      await client.send(new CreateDBClusterParameterGroupCommand(input), options);
    },

    async set(client, name, parameters, options) {
      const input = { DBClusterParameterGroupName: name, Parameters: parameters.map(fromParameter) };
      await client.send(new ModifyDBClusterParameterGroupCommand(input), options);
    },

    async delete(client, name, options) {
      await client.send(new DeleteDBClusterParameterGroupCommand({ DBClusterParameterGroupName: name }), options);
    },
  },

  instance: {
    nouns: 'DBParameterGroup',

    async *list(client, options) {
      for await (const { DBParameterGroups = [] } of paginateDescribeDBParameterGroups({ client }, {}, options))
        yield DBParameterGroups.flatMap((group) =>
          ofSomebody(group.DBParameterGroupName, group.DBParameterGroupArn, group.DBParameterGroupFamily),
        );
    },

    async family(client, name, options) {
      const input = { DBParameterGroupName: name };
      for await (const page of paginateDescribeDBParameterGroups({ client }, input, options))
        for (const group of page.DBParameterGroups ?? [])
          return {
            family: group.DBParameterGroupFamily ?? null,
            description: group.Description ?? null,
            arn: group.DBParameterGroupArn ?? '',
          };
      return undefined;
    },

    async parameters(client, name, options) {
      const found: Parameter[] = [];
      const input = { DBParameterGroupName: name, Source: 'user' };
      for await (const page of paginateDescribeDBParameters({ client }, input, options))
        found.push(...(page.Parameters ?? []).flatMap(toParameter));
      return found;
    },

    async create(client, group, tags, options) {
      const input = {
        DBParameterGroupName: group.name,
        DBParameterGroupFamily: group.family ?? undefined,
        Description: description(group),
        Tags: toTagList(tags),
      };
      await client.send(new CreateDBParameterGroupCommand(input), options);
    },

    async set(client, name, parameters, options) {
      const input = { DBParameterGroupName: name, Parameters: parameters.map(fromParameter) };
      await client.send(new ModifyDBParameterGroupCommand(input), options);
    },

    async delete(client, name, options) {
      await client.send(new DeleteDBParameterGroupCommand({ DBParameterGroupName: name }), options);
    },
  },
};

function ofSomebody(name: string | undefined, arn: string | undefined, family = '') {
  return name === undefined || arn === undefined || isDefaultGroup(name) ? [] : [{ name, arn, family }];
}

function toParameter({ ParameterName, ParameterValue, ApplyMethod }: RdsParameter): Parameter[] {
  if (ParameterName === undefined || ParameterValue === undefined) return [];
  const applyMethod = ApplyMethod === 'pending-reboot' ? 'pending-reboot' : 'immediate';
  return [{ name: ParameterName, value: ParameterValue, applyMethod }];
}

/** A database that is only being made takes everything at its first start, and static parameters take nothing else. */
function fromParameter({ name, value }: Parameter): RdsParameter {
  return { ParameterName: name, ParameterValue: value, ApplyMethod: 'pending-reboot' };
}

import { type DatabaseConfiguration } from '../../../../src/kinds/rds/databaseConfiguration';
import { type Answers, filterOf, textOf } from '../answers';
import { awsError } from '../awsError';
import { type CloudState } from '../cloudState';
import { forms } from '../forms';
import { type Place } from '../places';

/** What RDS and EC2 answer about the network of databases, and about option groups. */
export const surroundingAnswers: Answers = {
  DescribeDBSubnetGroups: (input, place, cloud) => {
    const name = textOf(input, 'DBSubnetGroupName');
    return {
      call: 'surroundings',
      about: name,
      work: () => {
        if (!cloud.groups.has(name, place)) throw awsError('DBSubnetGroupNotFoundFault', `${name} not found.`, 404);
        const group = configurationsIn(cloud, place).find(({ subnetGroup }) => subnetGroup?.name === name)?.subnetGroup;
        const subnets =
          group?.subnets ?? ['a', 'b'].map((zone) => ({ id: `subnet-${zone}`, zone: place.region + zone }));
        return {
          DBSubnetGroups: [
            {
              DBSubnetGroupName: name,
              DBSubnetGroupDescription: group?.description ?? '',
              VpcId: group?.vpc ?? 'vpc-1',
              Subnets: subnets.map(({ id, zone }) => ({
                SubnetIdentifier: id,
                SubnetAvailabilityZone: { Name: zone ?? undefined },
              })),
            },
          ],
        };
      },
    };
  },

  DescribeSecurityGroups: (input, place, cloud) => {
    const ids = filterOf(input, 'group-id') ?? [];
    return {
      call: 'surroundings',
      about: ids.join(' '),
      work: () => {
        const known = configurationsIn(cloud, place).flatMap(({ securityGroups }) => securityGroups);
        return {
          SecurityGroups: ids
            .filter((id) => cloud.groups.has(id, place))
            .map((id) => {
              const {
                name = null,
                description = null,
                vpc = null,
                ingress = [],
              } = known.find((one) => one.id === id) ?? {};
              return {
                GroupId: id,
                GroupName: name ?? undefined,
                Description: description ?? undefined,
                VpcId: vpc ?? undefined,
                IpPermissions: ingress.map(({ protocol, fromPort, toPort, peers }) => ({
                  IpProtocol: protocol,
                  FromPort: fromPort ?? undefined,
                  ToPort: toPort ?? undefined,
                  IpRanges: peers.map((CidrIp) => ({ CidrIp })),
                })),
              };
            }),
        };
      },
    };
  },

  DescribeOptionGroups: (input, place, { groups }) => {
    const name = textOf(input, 'OptionGroupName');
    return {
      call: 'surroundings',
      about: name,
      work: () => {
        if (!groups.has(name, place)) throw awsError('OptionGroupNotFoundFault', `${name} not found.`, 404);
        return { OptionGroupsList: [{ OptionGroupName: name }] };
      },
    };
  },
};

const configurationsIn = ({ databases }: CloudState, place: Place): DatabaseConfiguration[] =>
  forms.flatMap((form) => databases.resourcesIn(form, place)).map((resource) => databases.configuration(resource));

import { type Answers, maybeText, textOf } from '../answers';
import { awsError } from '../awsError';
import { fakeKeyArn, isDefaultKey } from '../keys';

/** What KMS answers. */
export const keyAnswers: Answers = {
  DescribeKey: (input, place, { groups }) => {
    const name = textOf(input, 'KeyId');
    return {
      call: 'describeKey',
      about: name,
      work: () => {
        if (!groups.has(name, place)) throw awsError('NotFoundException', `Alias ${name} is not found.`);
        const Arn = fakeKeyArn(place, name);
        return { KeyMetadata: { Arn, KeyManager: isDefaultKey(Arn) ? 'AWS' : 'CUSTOMER' } };
      },
    };
  },
  CreateGrant: (input, _, { grants }) => {
    const [KeyId, GranteePrincipal, Name] = ['KeyId', 'GranteePrincipal', 'Name'].map((name) => textOf(input, name));
    return {
      call: 'lendKey',
      about: textOf(input, 'KeyId'),
      work: () => {
        if (input.DryRun === true) throw awsError('DryRunOperationException', 'The request would have succeeded.', 412);
        const GrantId = `grant ${KeyId} ${GranteePrincipal} ${Name}`;
        grants.set(GrantId, { KeyId: KeyId ?? '', GranteePrincipal: GranteePrincipal ?? '', Name: Name ?? '' });
        return { GrantId };
      },
    };
  },
  ListGrants: (input, _, { grants }) => ({
    call: 'lentKeys',
    about: textOf(input, 'KeyId'),
    work: () => ({
      Grants: [...grants]
        .map(([GrantId, grant]) => ({ GrantId, ...grant }))
        .filter(({ KeyId }) => KeyId === textOf(input, 'KeyId'))
        .filter(({ GranteePrincipal }) => [GranteePrincipal, undefined].includes(maybeText(input, 'GranteePrincipal'))),
    }),
  }),
  RetireGrant: (input, _, { grants }) => ({
    call: 'takeBackKey',
    about: textOf(input, 'KeyId'),
    work: () => {
      if (!grants.delete(textOf(input, 'GrantId'))) throw awsError('NotFoundException', 'There is no such grant.');
      return {};
    },
  }),
};

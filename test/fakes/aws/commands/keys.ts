import { type Answers, textOf } from '../answers';
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
};

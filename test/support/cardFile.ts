import { type KindDescription, Kinds } from '../../src/core/kind';
import { knownKinds } from '../../src/kinds/registry';

const arnOf = /^arn:aws:cards:([a-z0-9-]+):(\d{12}):file\/([A-Za-z0-9_.-]+)$/;

/** A kind that no service has: its ids keep their case, and it can do nothing but be copied to another account. */
export const cardFile: KindDescription = {
  name: 'card-file',
  title: 'card file',
  aliases: ['cards'],
  copyNoun: 'transcript',
  copyDeletion: { action: 'cards:DeleteTranscript', trial: 'cards delete-transcript --id none' },
  id: { pattern: /^[A-Za-z0-9_.-]{3,255}$/, rule: '3–255 letters, digits and `_.-`', caseSensitive: true },
  ofArn: (arn) => {
    const [, region, account, id] = arnOf.exec(arn) ?? [];
    return region === undefined || account === undefined || id === undefined ? null : { account, region, id };
  },
  capabilities: {
    names: 'assigned',
    moment: 'at-start',
    copies: 'shared',
    crossesBoth: false,
    encryptsPlainOnCopy: false,
    defaultKey: null,
    exportsFrom: null,
    restores: false,
    answersSql: false,
  },
  limits: [{ name: 'transcripts', title: 'transcripts being made', capacity: 3, source: 'none', countsIn: 'source' }],
  permissions: [],
  restoreOptions: [],
  planBackup: () => [],
};

/** The registered kinds, and {@link cardFile}. */
export const kindsWithCards = new Kinds([...knownKinds.all, cardFile]);

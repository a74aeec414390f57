import { byteText, transferFigures, transferText } from '../../../../src/core/transfer/transferText';

describe('bytes', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1_000, '1.0 kB'],
    [999_949, '999.9 kB'],
    [999_950, '1.0 MB'],
    [20 * 2 ** 30, '21.5 GB'],
    [3.2e18, '3200.0 PB'],
  ])('%d are told as %s', (bytes, text) => {
    expect(byteText(bytes)).toBe(text);
  });
});

describe('a transfer', () => {
  it.each([
    ['nothing before all has been listed', transferFigures(0, null, 10), 'listing'],
    ['no speed before anything has come', transferFigures(0, 5e9, 10), '0 B of 5.0 GB'],
    ['minutes', transferFigures(1e9, 5e9, 100), '1.0 of 5.0 GB, 10.0 MB/s, 7 min left'],
    ['hours', transferFigures(1e9, 500e9, 100), '1.0 of 500.0 GB, 10.0 MB/s, 13.9 h left'],
    ['no time left when all has come', transferFigures(5e9, 5e9, 100), '5.0 of 5.0 GB, 50.0 MB/s'],
    [
      'no speed without end in its first moment',
      transferFigures(5e6, 5e9, 0),
      '5.0 MB of 5.0 GB, 5.0 MB/s, 17 min left',
    ],
  ])('tells %s', (_, figures, text) => {
    expect(transferText(figures)).toBe(text);
  });
});

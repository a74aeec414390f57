import { sparkline, svgOf } from '../../../soak/plot';

const seen = (...values: (number | null)[]) => values.map((value, i) => ({ at: 10 * i, value }));

it('draws a line as text from zero upwards, with a gap where nothing was to be seen', () => {
  expect(sparkline(seen(0, 7, null, 14), 4)).toBe('▁▅ █');
});

it('goes on with what was seen last where it looks more rarely than there are columns', () => {
  expect(sparkline(seen(14, 7), 4)).toBe('███▅');
});

it('breaks a line of a plot where nothing was to be seen', () => {
  const svg = svgOf({ title: 'a < b', lines: [{ name: 'worker', seen: seen(1, 2, null, null, 3, 4) }], marks: [] });
  expect(svg.match(/<polyline points="[^"]+"/g)).toHaveLength(2);
  expect(svg).toContain('a &lt; b');
});

it('draws zero at the bottom and the most at the top', () => {
  const svg = svgOf({ title: '', lines: [{ name: '', seen: seen(0, 100) }], marks: [] });
  expect(svg).toContain('points="60,264 710,36"');
});

import { markdown } from '../../../src/core/markdown';
import { stepLine } from '../../../src/core/steps/stepText';

describe('text of others in Markdown', () => {
  test.each([
    ['[free](https://evil.example)', '\\[free\\](https\\://evil.example)'],
    ['<img src=x onerror=alert(1)>', '\\<img src=x onerror=alert(1)\\>'],
    ['![](http://evil.example/pixel)', '!\\[\\](http\\://evil.example/pixel)'],
    ['www.evil.example', 'www\\.evil.example'],
    ['**passed** `x` ~~y~~ | &lt;', '\\*\\*passed\\*\\* \\`x\\` \\~\\~y\\~\\~ \\| \\&lt;'],
    ['# heading', '\\# heading'],
    ['- item', '\\- item'],
    ['1. item', '1\\. item'],
    ['two\nlines', 'two\\\\u{a}lines'],
    ['\\', '\\\\'],
  ])('%j means nothing but itself', (text, written) => {
    expect(markdown`- ${text}`).toBe(`- ${written}`);
  });

  test('does not disturb what people read most', () => {
    const text = 'copy:secure: snapshot farcopy-shop (111111111111/eu-central-1): 5 %, since 2026-11-21T02:00:00Z';
    expect(markdown`- **${'copy:secure'}**: ${text}`).toBe(`- **copy:secure**: ${text}`);
  });

  test('a step says why it failed, and no image is loaded by that', () => {
    const line = stepLine({ step: 'snapshot', state: 'failed', message: '![](https://evil.example/p.png)' } as never);
    expect(line).toBe('- **snapshot**: failed — !\\[\\](https\\://evil.example/p.png)');
  });
});

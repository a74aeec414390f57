/** The colours of a page, by what they mean. Each stands beside a word or a sign: none tells anything alone. */
export interface Palette {
  readonly page: string;
  readonly panel: string;
  readonly line: string;
  readonly text: string;
  readonly muted: string;
  readonly link: string;
  readonly good: string;
  readonly bad: string;
  readonly warning: string;
  readonly neutral: string;
  readonly goodTint: string;
  readonly badTint: string;
  readonly warningTint: string;
  readonly neutralTint: string;
}

export const light: Palette = {
  page: '#f6f7f9',
  panel: '#ffffff',
  line: '#d3d9e0',
  text: '#1b2430',
  muted: '#556070',
  link: '#0b57b0',
  good: '#10693b',
  bad: '#b3201b',
  warning: '#8a5300',
  neutral: '#556070',
  goodTint: '#e3f4ea',
  badTint: '#fde8e6',
  warningTint: '#fdf0d9',
  neutralTint: '#eceff3',
};

export const dark: Palette = {
  page: '#12161c',
  panel: '#1a2029',
  line: '#38424f',
  text: '#e7ebf0',
  muted: '#a7b2c0',
  link: '#82b6ff',
  good: '#6ad59a',
  bad: '#ff968d',
  warning: '#f2b95c',
  neutral: '#a7b2c0',
  goodTint: '#17322a',
  badTint: '#3d2225',
  warningTint: '#3a2e1a',
  neutralTint: '#262e39',
};

/** Which colour is read on which. */
export const readOn: readonly (readonly [text: keyof Palette, ground: keyof Palette])[] = [
  ...(['text', 'muted', 'link', 'good', 'bad', 'warning', 'neutral'] as const).flatMap(
    (text) =>
      [
        [text, 'page'],
        [text, 'panel'],
      ] as const,
  ),
  ['good', 'goodTint'],
  ['bad', 'badTint'],
  ['warning', 'warningTint'],
  ['neutral', 'neutralTint'],
  ['text', 'badTint'],
  ['text', 'warningTint'],
  ['text', 'neutralTint'],
  ['link', 'badTint'],
];

/** The account that an ARN names; null where the text is no ARN. */
export function accountOfArn(text: string): string | null {
  return text.startsWith('arn:') ? (text.split(':')[4] ?? '') : null;
}

/** Longer texts of AWS are canonical requests and HTML pages. */
const longest = 600;

const secrets: readonly (readonly [RegExp, string])[] = [
  // SignatureDoesNotMatch repeats the whole request, headers and session token included.
  [/\s*The Canonical String for this request should have been[^]*/i, ''],
  [/\s*The String-to-Sign should have been[^]*/i, ''],
  [/(X-Amz-(?:Security-Token|Signature|Credential)(?:=|%3D|:\s*))[^&\s"'<]+/gi, '$1…'],
  [/\b(?:AKIA|ASIA)[A-Z0-9]{12,}\b/g, '(access key)'],
];

/** A text of AWS without what must not stand in a history: session tokens, signatures, access key ids. */
export function withoutSecrets(text: string): string {
  const clean = secrets.reduce((t, [pattern, instead]) => t.replace(pattern, instead), text);
  return clean.length > longest ? `${clean.slice(0, longest)}…` : clean;
}

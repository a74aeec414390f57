/** As far as a rule of `select` says which resources it brings where. */
interface Rule {
  readonly kind: string;
  readonly tier: string | { readonly tag: string };
}

/** The names of the kinds that rules bring into a tier: by its name, or by a tag, which may name any tier. */
export function kindsReaching(tier: string, select: readonly Rule[]): readonly string[] {
  const reaching = select.filter((rule) => typeof rule.tier !== 'string' || rule.tier === tier);
  return [...new Set(reaching.map(({ kind }) => kind))];
}

import { type Form } from './forms';
import { type Place } from './places';

/** A parameter group that someone has made. */
export interface FakeParameterGroup {
  readonly name: string;
  readonly form: Form;
  readonly arn: string;
  readonly family: string;
  readonly description: string;
  readonly parameters: Map<string, string>;
  readonly tags: Readonly<Record<string, string>>;
}

/** What databases are attached to: there wherever it is named, unless it is said to be missing. */
export class FakeGroups {
  private readonly made = new Map<string, FakeParameterGroup>();
  private readonly missing = new Map<string, Set<string>>();

  missingIn({ account, region }: Place): Set<string> {
    const key = `${account} ${region}`;
    let names = this.missing.get(key);
    if (names === undefined) this.missing.set(key, (names = new Set()));
    return names;
  }

  has(name: string, place: Place): boolean {
    return !this.missingIn(place).has(name);
  }

  add(group: FakeParameterGroup, place: Place): void {
    this.missingIn(place).delete(group.name);
    this.made.set(keyOf(group, place), group);
  }

  find(form: Form, name: string, place: Place): FakeParameterGroup | undefined {
    return this.made.get(keyOf({ form, name }, place));
  }

  in(form: Form, { account, region }: Place): FakeParameterGroup[] {
    return [...this.made].filter(([key]) => key.startsWith(`${account} ${region} ${form} `)).map(([, group]) => group);
  }

  remove(form: Form, name: string, place: Place): void {
    this.made.delete(keyOf({ form, name }, place));
    this.missingIn(place).add(name);
  }
}

const keyOf = ({ form, name }: Pick<FakeParameterGroup, 'form' | 'name'>, { account, region }: Place) =>
  [account, region, form, name].join(' ');

import { readFileSync } from 'node:fs';
import { type CollectionTag, parse, type ScalarTag, type YAMLMap, type YAMLSeq } from 'yaml';
import { packageFile } from '../provision/packageFile';

/** Where a stack is made, and with which parameters. */
export interface Stack {
  /** Of `deploy/cloudformation`: `vault-account`. */
  readonly template: string;
  readonly account: string;
  readonly region: string;
  readonly parameters: Readonly<Record<string, string>>;
}

export interface RenderedResource {
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

interface Parameter {
  readonly Type: string;
  readonly Default?: string;
  readonly AllowedPattern?: string;
  readonly AllowedValues?: readonly string[];
}

interface Template {
  readonly Parameters: Readonly<Record<string, Parameter>>;
  readonly Conditions?: Readonly<Record<string, unknown>>;
  readonly Resources: Readonly<
    Record<string, { readonly Type: string; readonly Condition?: string; readonly Properties: unknown }>
  >;
}

/** In place of what a stack does not have: left out of lists and objects. */
const nothing = Symbol('AWS::NoValue');

/**
 * The resources of a stack, as CloudFormation would make them: by the part of its language that the templates of
 * `deploy/cloudformation` are written in, see its user guide, "Intrinsic function reference".
 *
 * @throws Error where a parameter is missing, unknown or not allowed, and for every function that is not known here.
 */
export function renderStack(stack: Stack): ReadonlyMap<string, RenderedResource> {
  const template = readTemplate(stack.template);
  const rendering = new Rendering(template, stack);
  const resources = new Map<string, RenderedResource>();
  for (const [name, { Type: type, Condition: condition, Properties }] of Object.entries(template.Resources))
    if (condition === undefined || rendering.holds(condition))
      resources.set(name, { type, properties: rendering.value(Properties) as RenderedResource['properties'] });
  return resources;
}

/** A template with the long forms of its functions. */
export function readTemplate(name: string): Template {
  const text = readFileSync(packageFile('deploy', 'cloudformation', `${name}.yaml`), 'utf8');
  return parse(text, { customTags: [...shortForms] }) as Template;
}

const functions = ['Sub', 'Join', 'Split', 'If', 'Equals', 'And', 'Or', 'Not', 'GetAtt'];

const shortForms: readonly (ScalarTag | CollectionTag)[] = [...functions, 'Ref', 'Condition'].flatMap((name) => {
  const long = name === 'Ref' || name === 'Condition' ? name : `Fn::${name}`;
  const plain = (node: YAMLMap | YAMLSeq) => ({ [long]: node.toJSON() as unknown });
  return [
    {
      tag: `!${name}`,
      resolve: (text: string) => ({ [long]: name === 'GetAtt' ? text.split('.') : text }),
    },
    { tag: `!${name}`, collection: 'seq', resolve: plain } as unknown as CollectionTag,
  ];
});

class Rendering {
  private readonly parameters: ReadonlyMap<string, string | readonly string[]>;

  constructor(
    private readonly template: Template,
    private readonly stack: Stack,
  ) {
    const unknown = Object.keys(stack.parameters).filter((name) => !(name in template.Parameters));
    if (unknown.length > 0) throw new Error(`${stack.template} has no parameter ${unknown.join(', ')}`);
    this.parameters = new Map(
      Object.entries(template.Parameters).map(([name, declared]) => [name, this.parameter(name, declared)]),
    );
  }

  holds(condition: string): boolean {
    const found = this.template.Conditions?.[condition];
    if (found === undefined) throw new Error(`${this.stack.template} has no condition ${condition}`);
    return this.truth(found);
  }

  value(node: unknown): unknown {
    if (Array.isArray(node)) return node.map((one) => this.value(one)).filter((one) => one !== nothing);
    if (node === null || typeof node !== 'object') return node;
    const entries = Object.entries(node);
    const [only] = entries;
    if (entries.length === 1 && only !== undefined && (only[0] === 'Ref' || only[0].startsWith('Fn::')))
      return this.call(only[0], only[1]);
    return Object.fromEntries(
      entries.map(([key, one]) => [key, this.value(one)]).filter(([, one]) => one !== nothing),
    ) as unknown;
  }

  private call(name: string, argument: unknown): unknown {
    switch (name) {
      case 'Ref':
        return this.ref(argument as string);
      case 'Fn::Sub':
        return this.sub(argument);
      case 'Fn::Join': {
        const [delimiter, list] = argument as [string, unknown];
        return (this.value(list) as string[]).join(delimiter);
      }
      case 'Fn::Split': {
        const [delimiter, text] = argument as [string, unknown];
        return (this.value(text) as string).split(delimiter);
      }
      case 'Fn::If': {
        const [condition, then, otherwise] = argument as [string, unknown, unknown];
        return this.value(this.holds(condition) ? then : otherwise);
      }
      case 'Fn::GetAtt': {
        const [resource = '', attribute = ''] = argument as string[];
        return `${resource}.${attribute}`;
      }
      default:
        throw new Error(`${this.stack.template}: ${name} is not known here`);
    }
  }

  private truth(node: unknown): boolean {
    const [[name, argument] = ['', null]] = Object.entries(node as object) as [string, unknown][];
    const parts = argument as unknown[];
    switch (name) {
      case 'Condition':
        return this.holds(argument as string);
      case 'Fn::Equals':
        return this.value(parts[0]) === this.value(parts[1]);
      case 'Fn::And':
        return parts.every((one) => this.truth(one));
      case 'Fn::Or':
        return parts.some((one) => this.truth(one));
      case 'Fn::Not':
        return !this.truth(parts[0]);
      default:
        throw new Error(`${this.stack.template}: the condition ${name} is not known here`);
    }
  }

  private ref(name: string): unknown {
    switch (name) {
      case 'AWS::AccountId':
        return this.stack.account;
      case 'AWS::Region':
        return this.stack.region;
      case 'AWS::Partition':
        return 'aws';
      case 'AWS::NoValue':
        return nothing;
    }
    const parameter = this.parameters.get(name);
    if (parameter !== undefined) return parameter;
    const resource = this.template.Resources[name];
    if (resource === undefined) throw new Error(`${this.stack.template}: nothing is called ${name}`);
    // What others mean by a role is its name, by all else here its place in the template.
    if (resource.Type !== 'AWS::IAM::Role') return name;
    return this.value((resource.Properties as Record<string, unknown>).RoleName);
  }

  private sub(argument: unknown): string {
    const [text, given] = Array.isArray(argument)
      ? (argument as [string, Record<string, unknown>])
      : [argument as string, {}];
    return text.replaceAll(/\$\{([^}!]+)\}/g, (_, name: string) => {
      const value = name in given ? this.value(given[name]) : this.ref(name);
      if (typeof value !== 'string') throw new Error(`${this.stack.template}: \${${name}} is no text`);
      return value;
    });
  }

  private parameter(name: string, declared: Parameter): string | readonly string[] {
    const value = this.stack.parameters[name] ?? declared.Default;
    if (value === undefined) throw new Error(`${this.stack.template} needs the parameter ${name}`);
    const { AllowedPattern: pattern, AllowedValues: values } = declared;
    const isList = declared.Type === 'CommaDelimitedList';
    const given = isList ? value.split(',').map((one) => one.trim()) : [value];
    if (pattern !== undefined && !given.every((one) => new RegExp(`^(?:${pattern})$`).test(one)))
      throw new Error(`${this.stack.template}: ${name} may not be ${value}`);
    if (values !== undefined && !values.includes(value))
      throw new Error(`${this.stack.template}: ${name} may not be ${value}`);
    return isList ? given : value;
  }
}

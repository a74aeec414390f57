import { z } from 'zod';
import { type Kinds } from '../../core/kind';
import { fleetFile } from './fleetFile';

type JsonSchema = z.core.JSONSchema.BaseSchema;

/** What stands in `schema/fleet.schema.json`. */
export function fleetSchemaText(kinds: Kinds): string {
  return `${JSON.stringify(fleetJsonSchema(kinds), null, 2)}\n`;
}

/** The fleet file as JSON Schema (draft 7, which editors know best), for completion and checks while typing. */
export function fleetJsonSchema(kinds: Kinds): JsonSchema {
  const schema = z.toJSONSchema(fleetFile(kinds), { io: 'input', target: 'draft-7' });
  const overlays = {
    description:
      'What differs in an environment, merged over the rest: `--overlay NAME`. An empty value takes a key away.',
    type: 'object',
    additionalProperties: partly(schema),
  } satisfies JsonSchema;
  return {
    title: 'Farcopy fleet file',
    ...schema,
    properties: { ...schema.properties, overlays },
  };
}

/** A schema for a part of what another describes: maps need not be whole, lists must, since they replace. */
function partly(schema: JsonSchema): JsonSchema {
  const { required: _required, default: _default, ...rest } = schema;
  const { properties, additionalProperties, anyOf } = rest;
  return {
    ...rest,
    ...(properties && { properties: mapValues(properties, partlyOrEmpty) }),
    ...(typeof additionalProperties === 'object' && { additionalProperties: partlyOrEmpty(additionalProperties) }),
    ...(anyOf && { anyOf: anyOf.map((one) => (typeof one === 'object' ? partly(one) : one)) }),
  };
}

function partlyOrEmpty(schema: JsonSchema | boolean): JsonSchema {
  return typeof schema === 'object' ? { anyOf: [partly(schema), { type: 'null' }] } : {};
}

function mapValues<T, U>(object: Readonly<Record<string, T>>, change: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)]));
}

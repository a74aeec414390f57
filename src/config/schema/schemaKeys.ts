import { z } from 'zod';
import { type Path } from '../reading/located';

/** The keys a schema knows for the map at a path, to suggest one for a misspelt key. */
export function schemaKeys(schema: z.core.$ZodType, path: Path): string[] {
  let reached = [schema];
  for (const step of path) reached = reached.flatMap(alternatives).flatMap((one) => inside(one, step));
  return reached.flatMap(alternatives).flatMap((one) => (one instanceof z.ZodObject ? Object.keys(one.shape) : []));
}

function alternatives(schema: z.core.$ZodType): z.core.$ZodType[] {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault) return alternatives(schema.unwrap());
  if (schema instanceof z.ZodUnion) return schema.options.flatMap(alternatives);
  return [schema];
}

function inside(schema: z.core.$ZodType, step: string | number): z.core.$ZodType[] {
  if (schema instanceof z.ZodArray) return [schema.element];
  if (schema instanceof z.ZodRecord) return [schema.valueType];
  if (!(schema instanceof z.ZodObject)) return [];
  const shape = schema.shape as Readonly<Record<string, z.core.$ZodType>>;
  const member = Object.hasOwn(shape, step) ? shape[step] : undefined;
  return member === undefined ? [] : [member];
}

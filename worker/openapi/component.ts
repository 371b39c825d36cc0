// Named schemas: each becomes a component of the OpenAPI document.
import * as z from 'zod/mini';
import type { Schema } from './describe.ts';

/** Ids of the components; a schema that is not in it is written out where it is used. */
export const components = z.registry<{ id: string }>();

/** Gives a schema its name in the document; a name is given once. */
export function component<S extends Schema>(id: string, description: string, schema: S): S {
  const named = said(description, schema);
  components.add(named, { id });
  return named;
}

/** Where the document holds the component of that name. */
export const reference = (id: string) => `#/components/schemas/${id}`;

/** The schema with what it means, for the reader of the document. */
export function said<S extends Schema>(description: string, schema: S): S {
  // A copy, since one schema may mean different things; not by z.describe, which counts as a check and so forbids z.omit.
  const copy = z.clone(schema);
  z.globalRegistry.add(copy, { description });
  return copy;
}

/**
 * Compiles only while everything the code sends fits the schema that describes it: `type _ = Fits<Report, z.infer<typeof ReportSchema>>`.
 */
export type Fits<Sent extends Told, Told> = [Sent, Told];

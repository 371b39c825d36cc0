// Members that may be absent, from values that may be undefined.

type Absent<T> = { [K in keyof T]: undefined extends T[K] ? K : never }[keyof T];

/** Without the members that are undefined. */
export function defined<T extends object>(
  members: T,
): Omit<T, Absent<T>> & { [K in Absent<T>]?: Exclude<T[K], undefined> } {
  // The type of `fromEntries` has no names of members.
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as never;
}

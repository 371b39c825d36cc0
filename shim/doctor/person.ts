// A user of this machine, as far as the doctor asks what they may do.

/** A user in numbers, as the kernel sees who may do what. */
export interface Person {
  name: string;
  uid: number;
  gid: number;
  /** Further groups. */
  groups?: readonly number[];
  /** As passwd has it. */
  home?: string;
}

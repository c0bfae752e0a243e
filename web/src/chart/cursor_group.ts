// Charts of one group point at the same x: whoever is pointed at tells the others.

type Follower = (x: number | null) => void;

const x_groups = new Map<string, Set<Follower>>();

/** Joins a group. Answers how to tell the others, and how to leave. */
export function joinCursors(
  group: string,
  follower: Follower,
): { tell: (x: number | null) => void; leave: () => void } {
  const followers = x_groups.get(group) ?? new Set();
  x_groups.set(group, followers);
  followers.add(follower);
  return {
    tell: (x) => {
      for (const other of followers) if (other !== follower) other(x);
    },
    leave: () => {
      followers.delete(follower);
      if (followers.size === 0) x_groups.delete(group);
    },
  };
}

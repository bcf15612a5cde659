/**
 * Whether a predicted and a confirmed state are one and the same but for the place in the hub's log, which only the hub knows.
 * Key order does not count: the hub's database may store it otherwise.
 */
export function sameApartFromPosition(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  if (Array.isArray(left) || Array.isArray(right)) {
    return (
      Array.isArray(left) &&
      Array.isArray(right) &&
      left.length === right.length &&
      left.every((item, at) => sameApartFromPosition(item, right[at]))
    );
  }
  const [leftFields, rightFields] = [left as Record<string, unknown>, right as Record<string, unknown>];
  const keys = Object.keys(leftFields);
  return (
    keys.length === Object.keys(rightFields).length &&
    keys.every((key) => key === 'position' || sameApartFromPosition(leftFields[key], rightFields[key]))
  );
}

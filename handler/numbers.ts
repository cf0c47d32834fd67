// Numbers in messages.

/**
 * `value` with as few digits after the point as show on which side of `limit` it is, `digits` at least: a message must
 * not say that 0.080 is too little where 0.08 is needed.
 */
export function textBeside(value: number, limit: number, digits: number): string {
  for (let more = digits; more < 17; more += 1) {
    const text = value.toFixed(more);
    if (Math.sign(Number(text) - limit) === Math.sign(value - limit)) return text;
  }
  return String(value);
}

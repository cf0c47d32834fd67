// Times in a film, as people and players write them.

/** `0:12:03.500`: hours, minutes, seconds. */
export function clock(seconds: number): string {
  const milliseconds = Math.round(1000 * seconds);
  const two = (value: number) => String(value).padStart(2, '0');
  const whole = Math.floor(milliseconds / 1000);
  const hours = Math.floor(whole / 3600);
  const rest = String(milliseconds % 1000).padStart(3, '0');
  return `${hours}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}.${rest}`;
}

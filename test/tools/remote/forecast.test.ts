// What a run at AWS is said to take, worked out on paper.
import { expect, test } from 'vitest';
import type { Deployment } from '../../../deploy/cloud/record.ts';
import { forecast } from '../../../tools/remote/forecast.ts';

const at = (memoryMb: number) => ({ memoryMb, architecture: 'x86_64' }) as Deployment;

test('tells calls, money and time, and what the uplink makes of it', () => {
  // 154 ms a picture: 6 a call, 16,667 calls, 15,400 s x 1769/1024 GB x USD 0.0000166667 + 16,667 x USD 0.0000002.
  // 900 calls at a time could do 5,844 a second; one client sends 1,000. 200 kB of base64 each at 5 MB a second: 4,000 s.
  expect(forecast({ pictures: 100_000, meanBytes: 150_000 }, at(1769), 900)).toBe(
    '100,000 pictures: about 16,667 calls and USD 0.45, 2 min; 1 h 7 min where the uplink carries 5 MB a second',
  );
});

test('with twice the memory two pictures are judged at a time, at the same price', () => {
  const money = (memoryMb: number) => / and USD ([\d.]+),/.exec(forecast({ pictures: 10_000 }, at(memoryMb), 900))?.[1];
  expect(money(2 * 1769)).toBe(money(1769));
});

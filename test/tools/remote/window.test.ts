// How many calls are under way, and which pictures travel together.
import { expect, test } from 'vitest';
import { takeGroup, usualGroup } from '../../../tools/remote/grouping.ts';
import { Payloads } from '../../../tools/remote/request.ts';
import { Window } from '../../../tools/remote/window.ts';

/** A round: as many calls as fit, all answered. */
function round(window: Window, onWayMs = 100): void {
  const calls = window.free;
  const starts = Array.from({ length: calls }, () => window.start());
  for (const startedMs of starts) window.answered(startedMs, onWayMs);
}

test('starts with a few, grows with each answer of a full window, and stays below what is allowed', () => {
  const window = new Window();
  expect(window.size).toBe(8);
  window.answered(window.start(), 100);
  expect(window.size).toBe(8); // one call does not fill it
  for (let i = 0; i < 40; i += 1) round(window);
  expect(window.size).toBeGreaterThan(40);
  window.allow(20);
  expect(window.size).toBe(18);
});

test('halves once for all calls that were under way together, and learns the limit for a while', () => {
  let nowMs = 0;
  const window = new Window(100, () => nowMs);
  for (let i = 0; i < 100; i += 1) round(window);
  const { size } = window;
  const starts = Array.from({ length: size }, () => window.start());
  nowMs = 1000;
  window.throttled(starts[0] as number);
  window.throttled(starts[1] as number);
  expect(window.size).toBe(Math.floor(size / 2));
  for (const startedMs of starts.slice(2)) window.answered(startedMs, 100);
  for (let i = 0; i < 200; i += 1) round(window);
  expect(window.size).toBe(Math.floor(0.9 * size));
  nowMs = 40_000;
  for (let i = 0; i < 200; i += 1) round(window);
  expect(window.size).toBeGreaterThan(0.9 * size);
});

test('stops growing when calls take much longer on their way: the uplink is full', () => {
  const window = new Window();
  round(window, 100);
  const { size } = window;
  for (let i = 0; i < 20; i += 1) round(window, 5_000);
  expect(window.size).toBe(size);
});

const judged = { json: '{"fmr":0.001}' };
const waiting = (count: number, bytes: number) =>
  Array.from({ length: count }, () => ({ judged, image: Buffer.alloc(bytes), most: 100 }));

test('a group holds 6 MB, an expected second, and the share of a call', () => {
  const bounds = { share: 1000, msPerPicture: 1, most: Number.POSITIVE_INFINITY };
  expect(takeGroup(waiting(200, 1000), bounds)).toHaveLength(100);
  expect(takeGroup(waiting(200, 1000), { ...bounds, msPerPicture: 250 })).toHaveLength(4);
  expect(takeGroup(waiting(200, 1000), { ...bounds, share: 3 })).toHaveLength(3);
  expect(takeGroup(waiting(200, 1000), { ...bounds, most: 2 })).toHaveLength(2);
  const large = waiting(9, 1_500_000);
  expect(takeGroup(large, bounds)).toHaveLength(3);
  expect(large).toHaveLength(6);
  expect(takeGroup(waiting(2, 5_000_000), bounds)).toHaveLength(1);
  expect(usualGroup(154, 150_000)).toBe(6);
});

test('pictures that are judged by other things do not travel together, nor one that must go alone', () => {
  const bounds = { share: 1000, msPerPicture: 1, most: 100 };
  const other = { judged: { json: '{}' }, image: Buffer.alloc(9), most: 100 };
  expect(takeGroup([...waiting(3, 9), other], bounds)).toHaveLength(3);
  const [alone] = waiting(1, 9);
  if (alone) alone.most = 1;
  expect(
    takeGroup(
      [alone, ...waiting(3, 9)].filter((each) => each !== undefined),
      bounds,
    ),
  ).toHaveLength(1);
  expect(
    takeGroup(
      [...waiting(3, 9), alone].filter((each) => each !== undefined),
      bounds,
    ),
  ).toHaveLength(3);
});

test('a request is the JSON of its fields, whatever the sizes of the pictures', () => {
  const payloads = new Payloads(() => undefined);
  for (const sizes of [[0], [1], [2, 3], [12_000, 11_999, 36_001], [150_000]]) {
    const images = sizes.map((size, i) => Buffer.alloc(size, i + 65));
    const body = payloads.of(images.map((image) => ({ judged, image, most: 100 })));
    const payload = body.build();
    expect(payload.length).toBeLessThanOrEqual(body.bytes);
    const event = JSON.parse(payload.toString('utf8'));
    const texts = images.map((image) => image.toString('base64'));
    expect(event).toEqual({ ...(texts.length > 1 ? { images: texts } : { base64_image: texts[0] }), fmr: 0.001 });
    body.sent(payload);
  }
});

test('a payload is used again once it is sent, not while somebody reads it, and counts until then', () => {
  let told = 0;
  const payloads = new Payloads(() => {
    told += 1;
  });
  const body = payloads.of([{ judged, image: Buffer.alloc(150_000), most: 100 }]);
  const first = body.build();
  const second = body.build();
  expect(second.buffer).not.toBe(first.buffer);
  expect(payloads.sendingBytes).toBe(first.length + second.length);
  body.drop(second);
  expect(body.build().buffer).not.toBe(second.buffer);
  body.sent(first);
  expect(body.build().buffer).toBe(first.buffer);
  expect(told).toBe(2);
});

// Paths as Windows has them, tried on any system.
import { posix, win32 } from 'node:path';
import { expect, test } from 'vitest';
import { isInside, shownName } from '../../../tools/cli/paths.ts';
import { hrefFrom } from '../../../tools/report/markup.ts';

test.each([
  ['C:\\found', 'C:\\found\\a.jpg', true],
  ['C:\\found', 'c:/Found/people/a.jpg', true],
  ['C:\\', 'C:\\a.jpg', true],
  ['C:\\found', 'C:\\found', false],
  ['C:\\found', 'C:\\found-too\\a.jpg', false],
  ['C:\\found', 'C:\\found\\..\\a.jpg', false],
  ['C:\\found', 'C:\\found\\..a.jpg', true],
  ['C:\\found', 'D:\\found\\a.jpg', false],
  ['\\\\nas\\photos', '\\\\nas\\photos\\2026\\a.jpg', true],
  ['\\\\nas\\photos', '\\\\nas\\films\\a.jpg', false],
])('on Windows, of the folder %s and the path %s the one being inside the other is %s', (folder, path, inside) => {
  expect(isInside(folder, path, win32)).toBe(inside);
});

test.each([
  ['/', '/a.jpg', true],
  ['/found', '/found/a.jpg', true],
  ['/found', '/found-too/a.jpg', false],
  ['/found', '/found', false],
  ['/found', '/Found/a.jpg', false],
  ['/found', '/found/..a.jpg', true],
])('elsewhere, of %s and %s it is %s', (folder, path, inside) => {
  expect(isInside(folder, path, posix)).toBe(inside);
});

test("a file's name comes after either slash on Windows, and a backslash is part of a name elsewhere", () => {
  expect(shownName('C:\\photos\\a b.jpg', win32)).toBe('a b.jpg');
  expect(shownName('C:/photos/a.jpg', win32)).toBe('a.jpg');
  expect(shownName('C:\\photos/2026\\a.jpg', win32)).toBe('a.jpg');
  expect(shownName('a.jpg', win32)).toBe('a.jpg');
  expect(shownName('photos/a\\b.jpg', posix)).toBe('a\\b.jpg');
});

test("a report on Windows links to pictures on its own disk, on another one and on another machine's", () => {
  const folder = 'C:\\Users\\ann\\reports';
  expect(hrefFrom(folder, 'C:\\Users\\ann\\Pictures\\a b#1.jpg', win32)).toBe('./../Pictures/a%20b%231.jpg');
  expect(hrefFrom(folder, 'c:\\users\\ANN\\reports\\é.jpg', win32)).toBe('./%C3%A9.jpg');
  expect(hrefFrom(folder, 'D:\\2026\\a b.jpg', win32)).toBe('file:///D:/2026/a%20b.jpg');
  expect(hrefFrom(folder, '\\\\nas\\photos\\a.jpg', win32)).toBe('file://nas/photos/a.jpg');
});

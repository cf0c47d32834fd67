// Names and paths in a page.
import { expect, test } from 'vitest';
import { decodeName } from '../../../tools/cli/names.ts';
import { escapeHtml, hrefFrom, jsonHtml, nameHtml, shellWord } from '../../../tools/report/markup.ts';

test('no text becomes an element, an attribute or the end of a script', () => {
  const evil = `</script><img src=x onerror='a("b")'>&amp;`;
  expect(escapeHtml(evil)).toBe('&lt;/script&gt;&lt;img src=x onerror=&#39;a(&quot;b&quot;)&#39;&gt;&amp;amp;');
  expect(jsonHtml({ evil })).not.toContain('<');
  expect(JSON.parse(jsonHtml({ evil }))).toEqual({ evil });
  expect(nameHtml('a\u202egpj.exe')).toBe(`<bdi>${escapeHtml("'a'$'\\342\\200\\256''gpj.exe'")}</bdi>`);
});

test('a link is relative, and has the bytes of the name', () => {
  expect(hrefFrom('/home/ann/reports', '/home/ann/Pictures/a b#1?.jpg')).toBe('./../Pictures/a%20b%231%3F.jpg');
  expect(hrefFrom('/home/ann', '/home/ann/é.jpg')).toBe('./%C3%A9.jpg');
  expect(hrefFrom('/home/ann', `/home/ann/${decodeName(Buffer.from([0xff, 0x41]))}`)).toBe('./%FFA');
  expect(hrefFrom('/home/ann', '/home/ann/javascript:alert(1)')).toBe('./javascript%3Aalert%281%29');
});

test('a command line is shown as a shell reads it', () => {
  expect(['ann.csv', 'two words', "it's", '--fmr=1e-3'].map(shellWord).join(' ')).toBe(
    "ann.csv 'two words' 'it'\\''s' --fmr=1e-3",
  );
});

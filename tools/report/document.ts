// The shell of a page: one file that is complete in itself, asks nobody for anything, and can send nothing.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../deploy/project.ts';
import { escapeHtml } from './markup.ts';

export interface Document {
  /** As text. */
  title: string;
  /** HTML of the body, without its scripts. */
  body: string;
  /** A page with a script has data for it, as JSON for a script element. */
  script?: { text: string; data: string } | undefined;
}

/** A text of the set-up's in dist/: the page's script or style. */
export function asset(name: 'page.js' | 'page.css'): string {
  return readFileSync(join(projectRoot(), 'dist/tools/report/page', name), 'utf8').trim();
}

/** The whole page. Its policy lets in no script and no style but its own, and no picture from a network. */
export function documentHtml({ title, body, script }: Document): string {
  const style = asset('page.css');
  const csp = [
    "default-src 'none'",
    `script-src ${script ? `'${hashOf(script.text)}'` : "'none'"}`,
    `style-src '${hashOf(style)}'`,
    'img-src data: file:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  const scripts = script
    ? `<script type="application/json" id="data">${script.data}</script>\n<script>${script.text}</script>\n`
    : '';
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${csp}">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
</head>
<body>
${body}
${scripts}</body>
</html>
`;
}

/** What every page with faces says first. */
export const BIOMETRIC_BANNER =
  '<p class="banner"><strong>This file holds biometric data.</strong> It shows faces: keep it as you keep a password, and delete it when you are done.</p>';

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

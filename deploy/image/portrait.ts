// A picture of nobody: a face drawn by code. The detector finds it and the trainer accepts it.
import sharp from 'sharp';

const SIDE = 480;
const EYES = [190, 290];

/** The drawing as a PNG, 480 x 480 pixels. Rasterizers of different machines may differ in a pixel's last bits. */
export function drawNobody(): Promise<Buffer> {
  return sharp(Buffer.from(drawing())).png().toBuffer();
}

function drawing(): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${SIDE}" height="${SIDE}">
    <defs>
      <radialGradient id="skin" cx="0.5" cy="0.42" r="0.62">
        <stop offset="0" stop-color="#eac3a4"/><stop offset="0.7" stop-color="#d9a682"/><stop offset="1" stop-color="#a36f50"/>
      </radialGradient>
      <linearGradient id="wall" x1="0" y1="0" x2="1" y2="1">
        <stop offset="0" stop-color="#9fb4c4"/><stop offset="1" stop-color="#61788a"/>
      </linearGradient>
      <filter id="soft"><feGaussianBlur stdDeviation="1.2"/></filter>
      <filter id="softer"><feGaussianBlur stdDeviation="6"/></filter>
    </defs>
    <rect width="${SIDE}" height="${SIDE}" fill="url(#wall)"/>
    <path d="M60 480 Q90 400 240 395 Q390 400 420 480Z" fill="#39485e"/>
    <path d="M190 340 h100 v70 q-50 40 -100 0Z" fill="#b9835f"/>
    <g filter="url(#soft)">
      <ellipse cx="240" cy="190" rx="138" ry="160" fill="#35231a"/>
      <ellipse cx="240" cy="235" rx="116" ry="152" fill="url(#skin)"/>
      <path d="M124 190 Q140 90 240 80 Q340 90 356 190 Q330 130 240 128 Q150 130 124 190Z" fill="#35231a"/>
      ${EYES.map(eye).join('')}${nose()}${mouth()}
    </g></svg>`;
}

function eye(x: number): string {
  return `<ellipse cx="${x}" cy="205" rx="34" ry="24" fill="#a8765a" opacity="0.55"/>
    <path d="M${x - 28} 208 Q${x} 186 ${x + 28} 208 Q${x} 224 ${x - 28} 208Z" fill="#efe9e2"/>
    <circle cx="${x}" cy="206" r="11" fill="#4a3220"/><circle cx="${x}" cy="206" r="5" fill="#0c0806"/>
    <circle cx="${x + 4}" cy="202" r="2.5" fill="#fff"/>
    <path d="M${x - 30} 208 Q${x} 183 ${x + 30} 208" fill="none" stroke="#3a241a" stroke-width="5"/>
    <path d="M${x - 36} 178 Q${x} 160 ${x + 36} 178" fill="none" stroke="#3a2618" stroke-width="11" stroke-linecap="round"/>`;
}

function nose(): string {
  return `<path d="M226 200 Q218 250 210 268 Q214 284 228 280 Q240 290 252 280 Q266 284 270 268 Q262 250 254 200Z"
      fill="#c08a68" opacity="0.5" filter="url(#softer)"/>
    <path d="M212 270 Q216 284 229 279 Q240 288 251 279 Q264 284 268 270" fill="none" stroke="#8a5540" stroke-width="5"/>
    <ellipse cx="227" cy="279" rx="7" ry="4" fill="#5a3024"/><ellipse cx="253" cy="279" rx="7" ry="4" fill="#5a3024"/>`;
}

function mouth(): string {
  return `<path d="M192 322 Q222 308 240 314 Q258 308 288 322 Q240 356 192 322Z" fill="#b0564e"/>
    <path d="M192 322 Q240 330 288 322" fill="none" stroke="#5e2622" stroke-width="4"/>
    <path d="M212 352 Q240 362 268 352" fill="none" stroke="#a06a4c" stroke-width="4" opacity="0.7"/>`;
}

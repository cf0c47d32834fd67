// XMP <-> the face regions of the Metadata Working Group. All else that an XMP packet holds stays as it is.
import { DOMParser, type Document, type Element, XMLSerializer } from '@xmldom/xmldom';
import { RequestError } from '../../handler/errors.ts';
import type { Area, Stored } from './orientation.ts';

/** A face that has a name. */
export interface Region {
  name: string;
  area: Area;
}

const RDF = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#';
const MWG = 'http://www.metadataworkinggroup.com/schemas/regions/';
const AREA = 'http://ns.adobe.com/xmp/sType/Area#';
const DIMENSIONS = 'http://ns.adobe.com/xap/1.0/sType/Dimensions#';
/** Of a region that we wrote, and so may replace. */
const OURS = 'serverless-face-recognition';
/** Least common part of two areas, as a share of both together, that are one face. */
const SAME_FACE = 0.3;

const EMPTY = `<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="${RDF}"><rdf:Description rdf:about=""/></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>
`;

/** Named faces of an XMP packet. @throws RequestError when it is no XMP. */
export function readRegions(xmp: string): Region[] {
  return items(parse(xmp)).flatMap((item) => {
    const region = regionOf(item);
    return region?.name ? [region] : [];
  });
}

/**
 * An XMP packet with these faces. Regions of others stay; a face that others named keeps their name. Regions that we wrote before go.
 *
 * @param xmp the packet that is there, if one is.
 * @throws RequestError when it is no XMP.
 */
export function writeRegions(xmp: string | undefined, faces: readonly Region[], stored: Stored): string {
  const document = parse(xmp ?? EMPTY);
  for (const item of items(document)) if (value(item, MWG, 'Description') === OURS) item.parentNode?.removeChild(item);
  const others = items(document).flatMap((item) => regionOf(item) ?? []);
  const fresh = faces.filter(({ area }) => !others.some((other) => other.name && isSame(area, other.area)));
  if (fresh.length > 0) {
    const list = listOf(document, stored);
    for (const face of fresh) list.appendChild(toItem(document, face));
  }
  return new XMLSerializer().serializeToString(document);
}

function parse(xmp: string): Document {
  try {
    const onError = (_level: string, message: string): never => {
      throw new Error(message);
    };
    const document = new DOMParser({ onError }).parseFromString(xmp.replace(/^\ufeff/, ''), 'text/xml');
    if (document.getElementsByTagNameNS(RDF, 'RDF').length > 0) return document;
  } catch {
    // said below
  }
  throw new RequestError('is no XMP: move it away, or repair it');
}

/** The regions of a document, whatever they are of. */
function items(document: Document): Element[] {
  const lists = [...document.getElementsByTagNameNS(MWG, 'RegionList')];
  return lists.flatMap((list) => [...list.getElementsByTagNameNS(RDF, 'li')]);
}

/** A region of a face; the name may be empty. */
function regionOf(item: Element): Region | undefined {
  const area = part(item, MWG, 'Area');
  if (!area || (value(item, MWG, 'Type') ?? 'Face') !== 'Face') return undefined;
  const [x, y, w, h] = ['x', 'y', 'w', 'h'].map((name) => Number(value(area, AREA, name) ?? Number.NaN));
  const shape = { x, y, w, h } as Area;
  if (!Object.values(shape).every(Number.isFinite)) return undefined;
  return { name: value(item, MWG, 'Name') ?? '', area: shape };
}

/** RDF writes a property as an element or as an attribute, and either may be in a description inside. */
function value(of: Element, namespace: string, name: string): string | undefined {
  for (const place of [of, ...childrenOf(of, RDF, 'Description')]) {
    const attribute = place.getAttributeNS(namespace, name);
    if (attribute) return attribute;
    const [element] = childrenOf(place, namespace, name);
    if (element) return element.textContent ?? undefined;
  }
  return undefined;
}

function part(of: Element, namespace: string, name: string): Element | undefined {
  const places = [of, ...childrenOf(of, RDF, 'Description')];
  return places.flatMap((place) => childrenOf(place, namespace, name))[0];
}

function childrenOf(of: Element, namespace: string, name: string): Element[] {
  return [...of.childNodes].filter(
    (node): node is Element => node.namespaceURI === namespace && node.localName === name,
  );
}

/** The list that new regions go into; made where there is none. */
function listOf(document: Document, stored: Stored): Element {
  const [list] = [...document.getElementsByTagNameNS(MWG, 'RegionList')];
  const [bag] = list ? [...childrenOf(list, RDF, 'Bag'), ...childrenOf(list, RDF, 'Seq')] : [];
  if (bag) return bag;
  for (const broken of [...document.getElementsByTagNameNS(MWG, 'Regions')]) broken.parentNode?.removeChild(broken);
  const description = document.createElementNS(RDF, 'rdf:Description');
  description.setAttributeNS(RDF, 'rdf:about', '');
  document.getElementsByTagNameNS(RDF, 'RDF')[0]?.appendChild(description);
  const regions = resource(document, description, MWG, 'mwg-rs:Regions');
  const size = resource(document, regions, MWG, 'mwg-rs:AppliedToDimensions');
  text(document, size, DIMENSIONS, 'stDim:w', String(stored.width));
  text(document, size, DIMENSIONS, 'stDim:h', String(stored.height));
  text(document, size, DIMENSIONS, 'stDim:unit', 'pixel');
  return add(
    add(regions, document.createElementNS(MWG, 'mwg-rs:RegionList')),
    document.createElementNS(RDF, 'rdf:Bag'),
  );
}

function toItem(document: Document, { name, area }: Region): Element {
  const item = document.createElementNS(RDF, 'rdf:li');
  item.setAttributeNS(RDF, 'rdf:parseType', 'Resource');
  text(document, item, MWG, 'mwg-rs:Name', name);
  text(document, item, MWG, 'mwg-rs:Type', 'Face');
  text(document, item, MWG, 'mwg-rs:Description', OURS);
  const shape = resource(document, item, MWG, 'mwg-rs:Area');
  for (const side of ['x', 'y', 'w', 'h'] as const)
    text(document, shape, AREA, `stArea:${side}`, area[side].toFixed(6));
  text(document, shape, AREA, 'stArea:unit', 'normalized');
  return item;
}

function resource(document: Document, parent: Element, namespace: string, name: string): Element {
  const element = add(parent, document.createElementNS(namespace, name));
  element.setAttributeNS(RDF, 'rdf:parseType', 'Resource');
  return element;
}

function text(document: Document, parent: Element, namespace: string, name: string, content: string): void {
  add(parent, document.createElementNS(namespace, name)).appendChild(document.createTextNode(content));
}

function add(parent: Element, child: Element): Element {
  parent.appendChild(child);
  return child;
}

function isSame(a: Area, b: Area): boolean {
  const along = (at: 'x' | 'y', side: 'w' | 'h'): number =>
    Math.max(
      0,
      Math.min(a[at] + a[side] / 2, b[at] + b[side] / 2) - Math.max(a[at] - a[side] / 2, b[at] - b[side] / 2),
    );
  const common = along('x', 'w') * along('y', 'h');
  return common >= SAME_FACE * (a.w * a.h + b.w * b.h - common);
}

// The limits of one picture: handler/config.ts's own, since a page has no settings.

export const LIMITS = {
  maxBytes: 64 * 2 ** 20,
  maxPixels: 50_000_000,
  /** After this the page ends its worker. */
  mostMs: 30_000,
} as const;

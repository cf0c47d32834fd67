// Made by npm run films, and not by hand: what is known of strangers' distances to appearances, of cfp and lfw-several.

/** How much nearer strangers come to the mean of many frames, and to small faces; nearness.ts says how it is used. */
export const NEARER = { many: 0.03, small: 0.03 };

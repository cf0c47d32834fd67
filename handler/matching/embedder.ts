// The name of the embedder, the network that makes face vectors.

/** Names the network that made a vector. Vectors of two embedders must never be compared. */
export const EMBEDDER = 'dlib-resnet-v1';

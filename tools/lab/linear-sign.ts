// Fits a linear sign: positive for textures like those that have it, negative for textures like the others.

/** Weight of the squared weights, beside a mean squared error of about 1. Chosen from .03, .3 and 1 on both development sets. */
const RIDGE = 0.3;

export interface LinearSign {
  /** One weight for each value of the texture, then the constant. */
  weights: number[];
  of(texture: readonly number[]): number;
}

/** Least squares to 1 and -1, both classes weighted equally, with a ridge on all weights but the constant. */
export function fitSign(having: readonly number[][], others: readonly number[][]): LinearSign {
  const size = (having[0]?.length ?? 0) + 1;
  const matrix = Array.from({ length: size }, () => new Float64Array(size + 1)); // the last column is the right side
  for (const [textures, target] of [
    [having, 1],
    [others, -1],
  ] as const) {
    for (const texture of textures) {
      const row = [...texture, 1];
      for (let i = 0; i < size; i += 1) {
        const equation = matrix[i] as Float64Array;
        const weighted = (row[i] as number) / (2 * textures.length);
        for (let j = 0; j < size; j += 1) equation[j] = (equation[j] as number) + weighted * (row[j] as number);
        equation[size] = (equation[size] as number) + weighted * target;
      }
    }
  }
  for (let i = 0; i + 1 < size; i += 1) {
    const equation = matrix[i] as Float64Array;
    equation[i] = (equation[i] as number) + RIDGE;
  }
  const weights = solve(matrix);
  return {
    weights,
    of: (texture) => texture.reduce((sum, value, i) => sum + value * (weights[i] as number), weights.at(-1) ?? 0),
  };
}

/** The texture of the mirror image, whose cells run the other way. */
export function mirrored(texture: readonly number[], cells: number): number[] {
  return texture.map((_, i) => texture[i - (i % cells) + cells - 1 - (i % cells)] as number);
}

/** Gaussian elimination; the matrix is positive definite, so no pivot is 0. */
function solve(matrix: readonly Float64Array[]): number[] {
  const size = matrix.length;
  for (let i = 0; i < size; i += 1) {
    const pivot = matrix[i] as Float64Array;
    for (let k = i + 1; k < size; k += 1) {
      const row = matrix[k] as Float64Array;
      const factor = (row[i] as number) / (pivot[i] as number);
      for (let j = i; j <= size; j += 1) row[j] = (row[j] as number) - factor * (pivot[j] as number);
    }
  }
  const solution = new Array<number>(size).fill(0);
  for (let i = size - 1; i >= 0; i -= 1) {
    const row = matrix[i] as Float64Array;
    let value = row[size] as number;
    for (let j = i + 1; j < size; j += 1) value -= (row[j] as number) * (solution[j] as number);
    solution[i] = value / (row[i] as number);
  }
  return solution;
}

// Bytes of a file's header, read without Node's Buffer, which a browser does not have.

/** Every `get` throws RangeError when it would read past the end. */
export class Bytes extends DataView<ArrayBufferLike> {
  /** From `from` to before `to`, or to the end. What lies past the end is left out. */
  part(from: number, to = this.byteLength): Bytes {
    const end = Math.min(to, this.byteLength);
    const start = Math.min(from, end);
    return new Bytes(this.buffer, this.byteOffset + start, end - start);
  }

  text(from: number, to: number): string {
    const { buffer, byteOffset, byteLength } = this.part(from, to);
    return String.fromCharCode(...new Uint8Array(buffer, byteOffset, byteLength));
  }
}

// Packages of the tests that have no types of their own.
declare module 'asl-validator' {
  export default function validate(machine: unknown): { isValid: boolean; errors: object[] };
}

declare module 's3rver' {
  export default class S3rver {
    constructor(options: object);
    run(): Promise<{ port: number }>;
    close(): Promise<void>;
  }
}

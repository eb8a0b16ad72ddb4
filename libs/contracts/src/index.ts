/** The public face: everything services say to one another, and nothing that they do. */
export * from './errors.ts';
export * from './events.ts';
export * from './exploring.ts';
export * from './mining.ts';
export * from './moments.ts';
export * from './payloads.ts';
export * from './positions.ts';
export * from './primitives.ts';
export * from './services.ts';
export * from './upcasters.ts';
export * from './watching.ts';

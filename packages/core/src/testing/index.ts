export * from './conversation-builder.ts';
export * from './engine-story.ts';
export * from './erasure-contract.ts';
export * from './event-store-contract.ts';
export * from './generate-history.ts';
export * from './given.ts';

// The contract suite of core, and what its cases are made of.

export { anAppend, commentsOf, eventStoreContract } from '@turnlog/core/testing';

export type { ApiDependencies, Check, ListedModel, Models, StreamSettings } from './api-dependencies.ts';
export { createApi } from './create-api.ts';
export { type Listening, type ListenOptions, listen, PortUnavailable } from './listen.ts';
export { uuidV5 } from './uuid-v5.ts';

export { type ExportOptions, exportTraces, type Manifest, NotOurFolder } from './export-traces.ts';
export { replaceFile, traceText, writeTraceFile } from './trace-file.ts';

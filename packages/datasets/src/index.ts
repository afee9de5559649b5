export { type BuildOptions, type Built, buildDataset, projectionVersion } from './build/build-dataset.ts';
export {
  type BuildSettings,
  type BuiltFromLog,
  buildFromLog,
  type DatasetLog,
  type DatasetRequest,
  NoSuchFile,
  SecretInRequest,
  writtenAs,
} from './build/build-from-log.ts';
export { type ContentFilter, selectedIn } from './build/content-filter.ts';
export { type CardPart, datasetCard } from './build/dataset-card.ts';
export { type ForkFamilyIndex, findFamilies, type LogReader, readFamily } from './build/fork-families.ts';
export { type Manifest, NotOurFolder, readManifest } from './build/manifest.ts';
export { manifestRequest } from './build/manifest-request.ts';
export { readRowsIndex } from './build/read-rows-index.ts';
export type { MaxTokens, SecretFound } from './build/row-filter.ts';
export type { RowPlace } from './build/rows-index.ts';
export type { DatasetFilter } from './build/selected-at.ts';
export { type DatasetReport, verifyDataset, whyNotRebuilt } from './build/verify-dataset.ts';
export type { ChatRenderer } from './faithfulness/chat-renderer.ts';
export { type ReportedFormat, reportedFormats } from './faithfulness/examples-of.ts';
export { createReporter, type FaithfulnessReport, type FaithfulnessReporter } from './faithfulness/faithfulness-report.ts';
export { NoTokenizer, openRenderer } from './faithfulness/open-renderer.ts';
export { type ExportFolder, findExports, NoExport, readRows } from './faithfulness/read-export.ts';
export { createRowCounter } from './faithfulness/row-counter.ts';
export { histogramLines, type Summary } from './faithfulness/summarise.ts';
export { factsOf } from './faithfulness/template-facts.ts';
export { HubRefused, type Pushed, type PushedFile, pushDataset } from './hub/push-dataset.ts';
export { type ImportSettings, importCommand, importedId } from './import/import-command.ts';
export { importedEvents } from './import/imported-events.ts';
export { NotATrace, type ReadTrace, readTrace } from './import/read-trace.ts';
export { createRedactor, type RedactionHit, type Redactor, redactionVersion } from './redaction/redactor.ts';
export { projectFamily } from './rows/project-family.ts';
export * from './rows/projection.ts';
export { columnsOf } from './rows/row-columns.ts';
export { rowFormats } from './rows/row-formats.ts';
export { schemaOf, validateRow } from './rows/row-schema.ts';
export { replaceFile, traceText, writeTraceFile } from './trace-file.ts';

// What the operator wrote cannot be used. Every problem is listed at once, and none of them quotes a secret.

export interface ConfigurationProblem {
  /** The variable's name, or the JSON path in the file. */
  readonly path: string;
  readonly message: string;
}

export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
  readonly source: string;
  readonly problems: readonly ConfigurationProblem[];
  constructor(source: string, problems: readonly ConfigurationProblem[]) {
    super([`${source} cannot be used:`, ...problems.map(line)].join('\n'));
    this.source = source;
    this.problems = problems;
  }
}

const line = ({ path, message }: ConfigurationProblem): string => (path === '' ? `  ${message}` : `  ${path}: ${message}`);

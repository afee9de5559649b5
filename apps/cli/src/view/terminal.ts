// Colours only on a terminal, and only where the user has not refused them (https://no-color.org).

import { styleText } from 'node:util';

export type Style = Parameters<typeof styleText>[0];

export interface Terminal {
  readonly isInteractive: boolean;
  /** 100 where there is no terminal to ask. */
  readonly columns: number;
  write(text: string): void;
  line(text?: string): void;
  style(style: Style, text: string): string;
}

export const createTerminal = (stream: NodeJS.WriteStream, environment: NodeJS.ProcessEnv): Terminal => {
  const isInteractive = stream.isTTY === true;
  const hasColours = isInteractive && !environment.NO_COLOR && environment.TERM !== 'dumb';
  return {
    isInteractive,
    columns: stream.columns ?? 100,
    write: (text) => void stream.write(text),
    line: (text = '') => void stream.write(`${text}\n`),
    // Node would ask again, of stdout and of CI, and answer otherwise for one style than for two.
    style: (style, text) => (hasColours ? styleText(style, text, { validateStream: false }) : text),
  };
};

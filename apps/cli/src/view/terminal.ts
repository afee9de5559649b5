// Colours only on a terminal, and only where the user has not refused them (https://no-color.org).

import { styleText } from 'node:util';

export type Style = Parameters<typeof styleText>[0];

export interface Terminal {
  readonly isInteractive: boolean;
  write(text: string): void;
  line(text?: string): void;
  style(style: Style, text: string): string;
}

export const createTerminal = (stream: NodeJS.WriteStream, environment: NodeJS.ProcessEnv): Terminal => {
  const isInteractive = stream.isTTY === true;
  const hasColours = isInteractive && !environment.NO_COLOR && environment.TERM !== 'dumb';
  return {
    isInteractive,
    write: (text) => void stream.write(text),
    line: (text = '') => void stream.write(`${text}\n`),
    style: (style, text) => (hasColours ? styleText(style, text) : text),
  };
};

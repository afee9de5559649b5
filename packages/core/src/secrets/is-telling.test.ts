import { expect, it } from 'vitest';
import { isTelling } from './is-telling.ts';

it.each([
  ['production', false],
  ['read-only', false],
  ['en_US.UTF-8', false],
  ['2026-01-01', false],
  ['localhost:5432', false],
  ['http://localhost:8000/v1', false],
  ['~/notes', false],
  ['C:\\Users\\ada', false],
  ['hunter2', true],
  ['sk-abcdef123456', true],
  ['https://host.test/?key=1', true],
])('%s is telling: %s', (value, telling) => {
  expect(isTelling(value)).toBe(telling);
});

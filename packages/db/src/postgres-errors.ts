// What an error of Postgres means, by SQLSTATE and constraint name; texts change with version and language.

import { DatabaseError } from 'pg';

export const hasSqlState = (error: unknown, ...codes: readonly string[]): boolean =>
  error instanceof DatabaseError && error.code !== undefined && codes.includes(error.code);

/** A unique violation on one of our constraints. */
export const violates = (error: unknown, constraint: string): boolean =>
  hasSqlState(error, '23505') && error instanceof DatabaseError && error.constraint === constraint;

// Whole classes: 08 connection, 40 deadlock and serialization, 53 out of resources, 57 stopped by an operator or a timeout,
// 58 I/O. 25006 is a standby that was asked to write, 55P03 a lock that was not free in time.
const passingClasses: readonly string[] = ['08', '40', '53', '57', '58'];
const passingCodes: readonly string[] = ['25006', '55P03'];

/** Whether the same statement may work later. What is no answer of Postgres at all is a lost connection. */
export const isPassing = (error: unknown): boolean =>
  !(error instanceof DatabaseError) ||
  (error.code !== undefined && (passingClasses.includes(error.code.slice(0, 2)) || passingCodes.includes(error.code)));

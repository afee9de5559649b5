// The role of the hot path: it can add events and read them, and neither change nor delete one; erasing is a function of the owner. Whoever logs in as the owner
// of the tables takes it on when connecting, so a bug of ours cannot rewrite the log either.

import type { ClientBase } from 'pg';
import { hasSqlState } from './postgres-errors.ts';

// Roles belong to the whole server: other databases may create it at the same moment.
const CREATE_APP_ROLE = `
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'turnlog_app') THEN
    CREATE ROLE turnlog_app NOLOGIN;
  END IF;
  -- From 16 on, whoever creates a role administers it without being able to take it on.
  IF NOT pg_has_role('turnlog_app', CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END) THEN
    GRANT turnlog_app TO CURRENT_USER;
  END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
  NULL;
END
$$`;

const GRANT_PRIVILEGES = `
REVOKE ALL ON events, conversations, open_work, leases, mcp_sessions, blobs, segments, tool_catalogue, erasures,
  open_erasures,
  dataset_conversations, bulk_work, bulk_items, redaction_keys FROM turnlog_app;
GRANT USAGE ON SCHEMA public TO turnlog_app;
GRANT SELECT, INSERT ON events, blobs, segments TO turnlog_app;
GRANT SELECT ON redaction_keys TO turnlog_app;
GRANT SELECT, INSERT, UPDATE ON conversations, tool_catalogue, bulk_work TO turnlog_app;
GRANT SELECT, INSERT, DELETE ON bulk_items TO turnlog_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON open_work, leases, mcp_sessions TO turnlog_app;
GRANT SELECT, INSERT, DELETE ON dataset_conversations TO turnlog_app;
GRANT SELECT, UPDATE ON open_erasures TO turnlog_app;
GRANT EXECUTE ON FUNCTION erase_conversation(uuid) TO turnlog_app`;

const INSUFFICIENT_PRIVILEGE = '42501';
const UNDEFINED_OBJECT = '42704';
/** What SET ROLE says of a role that does not exist. */
const INVALID_PARAMETER_VALUE = '22023';

/** Creates the role and says what it may do. Without the right to create roles, the trigger alone protects the log. */
export const grantAppRole = async (client: ClientBase, onWarning: (message: string) => void): Promise<void> => {
  try {
    await client.query(CREATE_APP_ROLE);
    await client.query(GRANT_PRIVILEGES);
  } catch (error) {
    if (!hasSqlState(error, INSUFFICIENT_PRIVILEGE, UNDEFINED_OBJECT)) throw error;
    onWarning(
      'This login may not create the role turnlog_app, so only a trigger keeps events from being changed. ' +
        'To have the role as well, let an administrator execute: CREATE ROLE turnlog_app NOLOGIN; GRANT turnlog_app TO <this login>; then migrate again.',
    );
  }
};

/** Takes the role on where it exists and this login may. */
export const becomeAppRole = async (client: ClientBase): Promise<void> => {
  try {
    await client.query('SET ROLE turnlog_app');
  } catch (error) {
    if (!hasSqlState(error, INSUFFICIENT_PRIVILEGE, INVALID_PARAMETER_VALUE)) throw error;
  }
};

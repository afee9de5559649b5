-- Events are only ever added. Even an owner changes them by mistake no longer: only a transaction that says
-- `SET LOCAL turnlog.rewriting = 'on'` may, and the application's role lacks the privilege for it.
CREATE FUNCTION refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF current_setting('turnlog.rewriting', true) IS DISTINCT FROM 'on' THEN
    RAISE EXCEPTION 'events are append-only: % refused', TG_OP USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE TRIGGER events_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON events
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();
--> statement-breakpoint
-- Every append updates a head row and often a row of open work: room on the page keeps those updates off the indexes.
ALTER TABLE conversations SET (fillfactor = 70);
--> statement-breakpoint
ALTER TABLE open_work SET (fillfactor = 70);

CREATE TABLE "open_erasures" (
	"conversation_id" uuid PRIMARY KEY NOT NULL,
	"told_at" timestamp (3) with time zone NOT NULL,
	"taken_at" timestamp (3) with time zone,
	"tries" integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
-- A trigger, and no index on what is closed: that would take every append's update of its head row off the page (see 0001).
CREATE FUNCTION note_erasure() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO open_erasures (conversation_id, told_at) VALUES (NEW.id, NEW.updated_at) ON CONFLICT DO NOTHING;
  RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE TRIGGER conversations_note_erasure AFTER UPDATE OF phase ON conversations
  FOR EACH ROW WHEN (NEW.phase = 'closed' AND OLD.phase <> 'closed') EXECUTE FUNCTION note_erasure();
--> statement-breakpoint
INSERT INTO open_erasures (conversation_id, told_at)
SELECT c.id, c.updated_at FROM conversations c
  WHERE c.phase = 'closed' AND NOT EXISTS (SELECT FROM erasures e WHERE e.conversation_id = c.id);
--> statement-breakpoint
-- As in 0004, and it takes what is done off the list.
CREATE OR REPLACE FUNCTION erase_conversation(target uuid) RETURNS SETOF uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  readers uuid[];
  reader uuid;
  blanked int;
BEGIN
  -- Every append may create a fork: those under way end first, later ones see the tombstone.
  LOCK TABLE segments IN SHARE ROW EXCLUSIVE MODE;
  IF NOT EXISTS (SELECT FROM conversations WHERE id = target AND phase = 'closed') THEN
    RAISE EXCEPTION 'conversation % has no tombstone', target USING ERRCODE = 'restrict_violation';
  END IF;
  readers := ARRAY(
    SELECT DISTINCT c.id FROM segments s JOIN conversations c ON c.id = s.conversation_id
      WHERE s.source_id = target AND c.phase <> 'closed' ORDER BY c.id);
  FOREACH reader IN ARRAY readers || target LOOP
    PERFORM detach_conversation(reader);
  END LOOP;
  PERFORM set_config('turnlog.rewriting', 'on', true);
  UPDATE events SET type = 'ConversationErased', schema_version = 1, data = '{}', blobs = NULL, fingerprint = NULL
    WHERE conversation_id = target AND type NOT IN ('ConversationErased', 'ConversationForked');
  GET DIAGNOSTICS blanked = ROW_COUNT;
  UPDATE events SET blobs = NULL, fingerprint = NULL,
      data = json_build_object('parent', data -> 'parent', 'supersede', data -> 'supersede')
    WHERE conversation_id = target AND type = 'ConversationForked';
  UPDATE events SET fingerprint = NULL
    WHERE conversation_id = target AND type = 'ConversationErased' AND fingerprint IS NOT NULL;
  PERFORM set_config('turnlog.rewriting', 'off', true);
  DELETE FROM blobs WHERE conversation_id = target;
  INSERT INTO erasures (conversation_id, events, detached) VALUES (target, blanked, readers);
  DELETE FROM open_erasures WHERE conversation_id = target;
  RETURN QUERY SELECT unnest(readers);
END
$$;

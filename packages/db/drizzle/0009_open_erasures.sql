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
-- `erase_conversation` ends with a line in `erasures` (0004).
CREATE FUNCTION close_erasure() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  DELETE FROM open_erasures WHERE conversation_id = NEW.conversation_id;
  RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE TRIGGER erasures_close_erasure AFTER INSERT ON erasures
  FOR EACH ROW EXECUTE FUNCTION close_erasure();

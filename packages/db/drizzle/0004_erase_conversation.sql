-- Gives a fork its whole inherited prefix as events of its own. Command ids stay behind: they belong to the conversation that
-- the commands were sent to, and the same one may stand in both.
CREATE FUNCTION detach_conversation(reader uuid) RETURNS void LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO events (conversation_id, version, type, schema_version, data, blobs, causation, correlation, recorded_at)
  SELECT reader, e.version, e.type, e.schema_version, e.data, e.blobs, e.causation, e.correlation, e.recorded_at
    FROM segments s JOIN events e ON e.conversation_id = s.source_id AND e.version BETWEEN s.from_version AND s.to_version
    WHERE s.conversation_id = reader
    ORDER BY e.version;
  INSERT INTO blobs (conversation_id, sha256, content)
  SELECT DISTINCT reader, b.sha256, b.content
    FROM segments s JOIN events e ON e.conversation_id = s.source_id AND e.version BETWEEN s.from_version AND s.to_version
    CROSS JOIN LATERAL json_array_elements(coalesce(e.blobs, '[]'::json)) AS reference
    JOIN blobs b ON b.conversation_id = s.source_id AND b.sha256 = reference ->> 'sha256'
    WHERE s.conversation_id = reader
  ON CONFLICT DO NOTHING;
  DELETE FROM segments WHERE conversation_id = reader;
END
$$;
--> statement-breakpoint
-- The one way to change what was recorded. Only a conversation whose tombstone is in the log is erased; every event before it
-- becomes a tombstone too, at its version and time. Readers that live on get the shared prefix first. Returns their ids.
CREATE FUNCTION erase_conversation(target uuid) RETURNS SETOF uuid
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
  RETURN QUERY SELECT unnest(readers);
END
$$;
--> statement-breakpoint
REVOKE ALL ON FUNCTION detach_conversation(uuid), erase_conversation(uuid) FROM PUBLIC;

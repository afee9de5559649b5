CREATE TABLE "blobs" (
	"conversation_id" uuid NOT NULL,
	"sha256" text NOT NULL,
	"content" text NOT NULL,
	CONSTRAINT "blobs_key" PRIMARY KEY("conversation_id","sha256")
);
--> statement-breakpoint
CREATE TABLE "conversations" (
	"id" uuid PRIMARY KEY NOT NULL,
	"version" integer NOT NULL,
	"phase" text NOT NULL,
	"model" text NOT NULL,
	"title" text NOT NULL,
	"tags" text[] NOT NULL,
	"rating" smallint,
	"forked_from" uuid,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	"summary" json NOT NULL
);
--> statement-breakpoint
CREATE TABLE "events" (
	"conversation_id" uuid NOT NULL,
	"version" integer NOT NULL,
	"position" bigint GENERATED ALWAYS AS IDENTITY (sequence name "events_position_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"transaction_id" "xid8" DEFAULT pg_current_xact_id() NOT NULL,
	"type" text NOT NULL,
	"schema_version" integer NOT NULL,
	"data" json NOT NULL,
	"blobs" json,
	"command_id" text,
	"fingerprint" text,
	"causation" text,
	"correlation" text,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "events_version_key" PRIMARY KEY("conversation_id","version")
);
--> statement-breakpoint
CREATE TABLE "leases" (
	"worker" text PRIMARY KEY NOT NULL,
	"expires_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "open_work" (
	"conversation_id" uuid NOT NULL,
	"step" integer NOT NULL,
	"attempt" integer NOT NULL,
	"due_at" timestamp (3) with time zone NOT NULL,
	"claim" text,
	"worker" text,
	CONSTRAINT "open_work_key" PRIMARY KEY("conversation_id","step")
);
--> statement-breakpoint
CREATE TABLE "segments" (
	"conversation_id" uuid NOT NULL,
	"ordinal" integer NOT NULL,
	"source_id" uuid NOT NULL,
	"from_version" integer NOT NULL,
	"to_version" integer NOT NULL,
	CONSTRAINT "segments_key" PRIMARY KEY("conversation_id","ordinal")
);
--> statement-breakpoint
CREATE INDEX "conversations_newest" ON "conversations" USING btree ("created_at","id");--> statement-breakpoint
CREATE UNIQUE INDEX "events_command_key" ON "events" USING btree ("conversation_id","command_id") WHERE "events"."command_id" IS NOT NULL;--> statement-breakpoint
CREATE INDEX "events_log_order" ON "events" USING btree ("transaction_id","position");--> statement-breakpoint
CREATE INDEX "open_work_due" ON "open_work" USING btree ("due_at") WHERE "open_work"."claim" IS NULL;--> statement-breakpoint
CREATE INDEX "open_work_worker" ON "open_work" USING btree ("worker") WHERE "open_work"."worker" IS NOT NULL;--> statement-breakpoint
CREATE INDEX "segments_source" ON "segments" USING btree ("source_id");
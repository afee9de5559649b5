CREATE TABLE "erasures" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "erasures_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"conversation_id" uuid NOT NULL,
	"erased_at" timestamp with time zone DEFAULT now() NOT NULL,
	"erased_by" text DEFAULT session_user NOT NULL,
	"events" integer NOT NULL,
	"detached" uuid[] NOT NULL
);
--> statement-breakpoint
CREATE INDEX "conversations_forked_from" ON "conversations" USING btree ("forked_from") WHERE "conversations"."forked_from" IS NOT NULL;
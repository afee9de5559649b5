CREATE TABLE "dataset_conversations" (
	"dataset" text NOT NULL,
	"conversation_id" uuid NOT NULL,
	"registered_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "dataset_conversations_key" PRIMARY KEY("dataset","conversation_id")
);
--> statement-breakpoint
CREATE INDEX "dataset_conversations_conversation" ON "dataset_conversations" USING btree ("conversation_id");
CREATE TABLE "mcp_sessions" (
	"conversation_id" uuid NOT NULL,
	"server" text NOT NULL,
	"session_id" text NOT NULL,
	"worker" text NOT NULL,
	"resume" text,
	"used_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "mcp_sessions_key" PRIMARY KEY("conversation_id","server")
);
--> statement-breakpoint
CREATE INDEX "mcp_sessions_worker" ON "mcp_sessions" USING btree ("worker");
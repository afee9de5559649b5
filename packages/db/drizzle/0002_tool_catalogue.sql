CREATE TABLE "tool_catalogue" (
	"server" text PRIMARY KEY NOT NULL,
	"listed_at" timestamp (3) with time zone NOT NULL,
	"entry" json NOT NULL
);

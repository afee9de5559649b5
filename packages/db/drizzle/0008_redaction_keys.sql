CREATE TABLE "redaction_keys" (
	"id" boolean PRIMARY KEY DEFAULT true NOT NULL,
	"key" text NOT NULL
);
--> statement-breakpoint
INSERT INTO "redaction_keys" ("key") VALUES (gen_random_uuid()::text || gen_random_uuid()::text);

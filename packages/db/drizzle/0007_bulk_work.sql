CREATE TABLE "bulk_items" (
	"bulk_id" uuid NOT NULL,
	"item" text COLLATE "C" NOT NULL,
	"result" json NOT NULL,
	CONSTRAINT "bulk_items_key" PRIMARY KEY("bulk_id","item")
);
--> statement-breakpoint
CREATE TABLE "bulk_work" (
	"id" uuid PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"phase" text NOT NULL,
	"fingerprint" text NOT NULL,
	"about" json NOT NULL,
	"request" json NOT NULL,
	"is_cancelled" boolean DEFAULT false NOT NULL,
	"budget" json,
	"progress" json,
	"result" json,
	"failure" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"due_at" timestamp with time zone DEFAULT now() NOT NULL,
	"claim" text,
	"worker" text
);
--> statement-breakpoint
CREATE INDEX "bulk_work_newest" ON "bulk_work" USING btree ("kind","created_at","id");--> statement-breakpoint
CREATE INDEX "bulk_work_due" ON "bulk_work" USING btree ("due_at") WHERE "bulk_work"."phase" IN ('queued', 'running', 'waiting');--> statement-breakpoint
CREATE UNIQUE INDEX "bulk_work_claim" ON "bulk_work" USING btree ("claim") WHERE "bulk_work"."claim" IS NOT NULL;--> statement-breakpoint
CREATE INDEX "bulk_work_worker" ON "bulk_work" USING btree ("worker") WHERE "bulk_work"."worker" IS NOT NULL;
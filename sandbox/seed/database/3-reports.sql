-- Reports: names that need quotes, and no primary key.

DROP SCHEMA IF EXISTS "Reports" CASCADE;
CREATE SCHEMA "Reports";

CREATE TABLE "Reports"."Monthly Totals" (
  "Month" date NOT NULL,
  "grossRevenue" numeric(20, 4),
  "order" integer NOT NULL,
  "größe" text
);
COMMENT ON TABLE "Reports"."Monthly Totals" IS 'Made by the accountants'' own tool, which likes capitals and spaces.';
COMMENT ON COLUMN "Reports"."Monthly Totals"."order" IS 'How many orders.';

INSERT INTO "Reports"."Monthly Totals"
SELECT date_trunc('month', ordered_at)::date, sum(total), count(*)::integer, CASE WHEN count(*) % 2 = 0 THEN 'groß' END
FROM shop.orders
GROUP BY 1;

-- Two rows alike: without a key that is allowed, and both have to come back.
INSERT INTO "Reports"."Monthly Totals" VALUES ('1999-12-01', 0.0001, 0, NULL), ('1999-12-01', 0.0001, 0, NULL);

CREATE INDEX "Totals by Month" ON "Reports"."Monthly Totals" ("Month" DESC NULLS LAST);

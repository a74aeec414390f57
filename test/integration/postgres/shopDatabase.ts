/** A database with something of everything a restore must bring back. */
export const shopSql = `
CREATE EXTENSION hstore; CREATE EXTENSION citext;
CREATE SCHEMA sales; CREATE SCHEMA "Odd Schema";
COMMENT ON SCHEMA sales IS 'What is sold';
CREATE TYPE sales.state AS ENUM ('new', 'it''s paid', 'gone "away"');
CREATE DOMAIN sales.percentage AS numeric(5,2) DEFAULT 0 CONSTRAINT between_0_and_100 CHECK (VALUE >= 0 AND VALUE <= 100);
CREATE DOMAIN sales.short_text AS sales.state[];
CREATE TYPE sales.address AS (street text, "House No" integer);
CREATE TYPE sales.price_range AS RANGE (subtype = numeric, multirange_type_name = "Prices");
CREATE COLLATION sales.no_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE FUNCTION sales.vat(n numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$ SELECT n * 0.2 $$;
CREATE SEQUENCE sales.tickets START WITH 100 INCREMENT BY 5;
CREATE TABLE sales.customers (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL COLLATE "C", email citext UNIQUE,
  address sales.address, discount sales.percentage, attributes hstore, nick text COLLATE sales.no_case);
COMMENT ON TABLE sales.customers IS 'Whoever buys'; COMMENT ON COLUMN sales.customers.name IS E'with \\'quotes\\'';
CREATE TABLE sales.orders (
  id serial PRIMARY KEY, customer bigint REFERENCES sales.customers ON DELETE CASCADE, state sales.state DEFAULT 'new',
  net numeric(12,2) NOT NULL, gross numeric GENERATED ALWAYS AS (net + sales.vat(net)) STORED,
  placed_at timestamptz DEFAULT now(), during tstzrange, ticket integer DEFAULT nextval('sales.tickets'),
  CONSTRAINT positive CHECK (net >= 0), EXCLUDE USING gist (during WITH &&));
CREATE INDEX orders_placed_at ON sales.orders (placed_at DESC) WHERE state <> 'new';
CREATE INDEX "orders Lower" ON sales.orders (sales.vat(net));
CREATE TABLE "Odd Schema"."Order items" (
  "Order" integer, "name""quoted""" text, object oid, PRIMARY KEY ("Order"));
CREATE TABLE sales.events (at date NOT NULL, region text NOT NULL, n int) PARTITION BY LIST (region);
CREATE TABLE sales.events_eu PARTITION OF sales.events FOR VALUES IN ('eu', 'it''s') PARTITION BY RANGE (at);
CREATE TABLE sales.events_eu_old PARTITION OF sales.events_eu FOR VALUES FROM (MINVALUE) TO ('2020-01-01');
CREATE TABLE sales.events_rest PARTITION OF sales.events DEFAULT;
CREATE INDEX events_n ON sales.events (n);
ALTER TABLE sales.events ADD PRIMARY KEY (region, at, n);
CREATE TABLE sales.base (id int); CREATE TABLE sales.derived (extra text) INHERITS (sales.base);
CREATE TABLE sales.empty (id int, "when" timestamp);
CREATE TABLE public.values (id int PRIMARY KEY, ok boolean, i2 smallint, i4 integer, i8 bigint, f4 real, f8 double precision,
  n numeric, t text, v varchar(40), c char(5), b bytea, d date, ti time, tz timetz, ts timestamp, tstz timestamptz,
  iv interval, u uuid, j json, jb jsonb, ia integer[], ta text[], ba bytea[], st sales.state, sta sales.short_text,
  ip inet, net cidr, mac macaddr, r int4range, nr numrange, mr int4multirange, bits bit(4), vb bit varying, x xml,
  p point, po polygon, m money, h hstore, a sales.address, tsv tsvector, lsn pg_lsn, pr sales.price_range, nm name);
CREATE VIEW sales.paid AS SELECT o.id, c.name FROM sales.orders o JOIN sales.customers c ON c.id = o.customer;
CREATE VIEW sales."All paid" AS SELECT * FROM sales.paid;
CREATE MATERIALIZED VIEW sales.totals AS SELECT customer, sum(gross) AS total FROM sales.orders GROUP BY 1;
CREATE UNIQUE INDEX totals_customer ON sales.totals (customer);
CREATE FUNCTION sales.paid_of(text) RETURNS SETOF sales.paid LANGUAGE sql AS $$ SELECT * FROM sales.paid WHERE name = $1 $$;
CREATE FUNCTION sales.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no more orders'; END $$;
INSERT INTO sales.customers (name, email, address, discount, attributes, nick)
  SELECT 'Käufer ' || g, 'k' || g || '@example.org', ROW('Straße, "A"', g)::sales.address, g % 100,
    hstore('a', repeat('"', g % 3)), 'N' || g FROM generate_series(1, 300) g;
INSERT INTO sales.orders (customer, state, net, placed_at, during)
  SELECT g % 300 + 1, (ARRAY['new', 'it''s paid', 'gone "away"'])[g % 3 + 1]::sales.state, g / 7.0,
    timestamptz '2026-01-01' + g * interval '1 hour 1 microsecond',
    tstzrange(timestamptz '2026-01-01' + g * interval '1 hour', timestamptz '2026-01-01' + (g + 1) * interval '1 hour')
  FROM generate_series(1, 2500) g;
INSERT INTO "Odd Schema"."Order items" VALUES (1, E'tab\\there', 1259), (2, NULL, NULL);
INSERT INTO sales.events SELECT date '2019-12-01' + g % 31, 'eu', g FROM generate_series(1, 50) g;
INSERT INTO sales.events SELECT date '2026-12-01' + g % 31, 'asia', g FROM generate_series(1, 50) g;
INSERT INTO sales.base VALUES (1), (NULL);
REFRESH MATERIALIZED VIEW sales.totals;
CREATE TRIGGER no_more BEFORE INSERT ON sales.orders FOR EACH ROW EXECUTE FUNCTION sales.refuse();
CREATE TRIGGER asleep BEFORE DELETE ON sales.orders FOR EACH ROW EXECUTE FUNCTION sales.refuse();
ALTER TABLE sales.orders DISABLE TRIGGER asleep;
CREATE POLICY mine ON sales.customers USING (name = current_user);
`;

/** One of the values a column of `public.values` takes in SQL, `NULL` besides; the awkward ones of every type. */
export const awkwardValues: Readonly<Record<string, readonly string[]>> = {
  ok: ['true', 'false'],
  i2: ['-32768', '32767', '0'],
  i4: ['-2147483648', '2147483647'],
  i8: ['-9223372036854775808', '9223372036854775807', '9007199254740993'],
  f4: ["'NaN'", "'Infinity'", "'-Infinity'", "'-0'", '0.1', '3.4028235e38', '1e-45'],
  f8: ["'NaN'", "'Infinity'", "'-Infinity'", "'-0'", '0.1', '1.7976931348623157e308', '5e-324'],
  n: ["'NaN'", "'Infinity'", "'-Infinity'", '0.000', '1e400', '-0.00000000000000000000000000000000001', '1.10'],
  t: ["''", "E'\\\\N'", "E'\\\\.'", "E'a\\tb\\nc\\r\\\\d'", "'🐼 ÄÖ'", "E'\\b\\f\\v\\x01'", "'\"{,}'", "'NULL'"],
  v: ["''", "'  padded  '", "'🐼'"],
  c: ["''", "'ab'", "'ä\\t'"],
  b: ["''", "'\\x00'", "'\\x5c4e0a09ff'", "'abc'"],
  d: ["'infinity'", "'-infinity'", "'0044-03-15 BC'", "'5874897-12-31'", "'2000-02-29'"],
  ti: ["'00:00'", "'24:00'", "'23:59:59.999999'"],
  tz: ["'00:00+15:59'", "'23:59:59.999999-15:59'", "'12:00:00.5+01:30:15'"],
  ts: [
    "'infinity'",
    "'-infinity'",
    "'4713-01-01 00:00:00 BC'",
    "'294276-12-31 23:59:59.999999'",
    "'2026-03-29 02:30:00.000001'",
  ],
  tstz: [
    "'infinity'",
    "'-infinity'",
    "'0001-01-01 00:00:00 BC'",
    "'2026-10-25 02:30:00.123456+02'",
    "'1883-11-18 12:03:58-04:56:02'",
  ],
  iv: ["'1 year -2 months 3 days -04:05:06.000007'", "'0'", "'-1 microsecond'", "'178000000 years'"],
  u: ["'00000000-0000-0000-0000-000000000000'", "'ffffffff-ffff-4fff-bfff-ffffffffffff'"],
  j: [`'{"a" : [1, null,"\\\\u00e4\\\\n"], "a":2}'`, "'null'", `'"\\\\\\\\"'`],
  jb: [`'{"b":1,"a":[{"c":"\\\\t"}]}'`, "'null'", "'1e400'"],
  ia: ["'{}'", "'{1,NULL,-3}'", "'[0:1][5:6]={{1,2},{3,4}}'"],
  ta: [`'{"",NULL,"NULL","a\\"b","\\\\\\\\","c,d","{e}","f\tg"}'`, `'{{a,b},{c,NULL}}'`],
  ba: [`'{"\\\\\\\\x00ff",NULL}'`],
  st: ["'new'", "'it''s paid'", '\'gone "away"\''],
  sta: [`'{new,"it''s paid",NULL}'`],
  ip: ["'::1'", "'10.0.0.1/8'", "'2001:db8::/32'"],
  net: ["'10.0.0.0/8'", "'::/0'"],
  mac: ["'08:00:2b:01:02:03'"],
  r: ["'empty'", "'[1,5)'", "'(,)'", "'[-3,]'"],
  nr: ["'(1.10,2.000]'", "'[NaN,NaN]'"],
  mr: ["'{}'", "'{[1,3),[5,)}'"],
  bits: ["'0101'"],
  vb: ["''", "'1'", "'110011001100110011'"],
  x: ['\'<a b="1">&amp;\n<![CDATA[x]]></a>\'', "'text &lt; only'"],
  p: ["'(1e300,-0)'", "'(NaN,Infinity)'"],
  po: ["'((0,0),(1,1),(1,0))'"],
  m: ["'-92233720368547758.08'", "'1234.56'", '0.01'],
  h: [`'"a"=>"1", "b\\"c"=>NULL, ""=>"=>,"'`, "''"],
  a: [`ROW('a "b", (c)\n\\\\', NULL)`, 'ROW(NULL, NULL)', "ROW('', 1)"],
  tsv: [`to_tsvector('simple', 'it''s a \\\\ fat:cat')`],
  lsn: ["'FFFFFFFF/FFFFFFFF'"],
  pr: ["'[1.5,)'"],
  nm: ["'a name'"],
};

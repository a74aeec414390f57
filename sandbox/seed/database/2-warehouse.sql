-- The warehouse: keys of several columns, times of day, and a table that nothing was ever put into.

DROP SCHEMA IF EXISTS warehouse CASCADE;
CREATE SCHEMA warehouse;

CREATE TABLE warehouse.stock (
  aisle character(1) NOT NULL,
  shelf smallint NOT NULL,
  sku character varying(12) NOT NULL REFERENCES shop.products (sku) ON UPDATE CASCADE,
  pieces integer NOT NULL DEFAULT 0 CHECK (pieces >= 0),
  counted_on date,
  counted_at time,
  counting_took interval,
  PRIMARY KEY (aisle, shelf)
);

INSERT INTO warehouse.stock
SELECT
  chr(65 + i % 26),
  i / 26,
  'SKU-' || lpad((1 + i % 200)::text, 6, '0'),
  i * 3,
  CASE WHEN i % 6 > 0 THEN date '2026-01-01' + i END,
  CASE WHEN i % 6 > 0 THEN time '23:59:59.999999' - i * interval '1 second' END,
  CASE WHEN i % 6 > 0 THEN make_interval(months => i % 14, days => i % 40, secs => i + 0.000001) END
FROM generate_series(0, 519) AS i;

CREATE TABLE warehouse.readings (
  id serial PRIMARY KEY,
  label text NOT NULL,
  small smallint,
  whole integer,
  large bigint,
  price numeric(10, 2),
  exact numeric,
  wide numeric(60, 20),
  approximate double precision,
  moment timestamptz,
  wall_clock timestamp,
  day date,
  hour time,
  hour_with_zone time with time zone,
  span interval,
  grid integer[],
  amounts numeric[],
  moments timestamptz[],
  address inet,
  network cidr,
  hardware macaddr,
  flags bit(8),
  more_flags bit varying(20),
  period int4range,
  place point,
  document xml,
  words tsvector
);
COMMENT ON TABLE warehouse.readings IS 'The ends of every type that a program may stumble over.';

INSERT INTO warehouse.readings
  (label, small, whole, large, price, exact, wide, approximate, moment, wall_clock, day, hour, hour_with_zone, span,
   grid, amounts, moments, address, network, hardware, flags, more_flags, period, place, document, words)
VALUES
  ('largest', 32767, 2147483647, 9223372036854775807, 99999999.99,
   12345678901234567890123456789012345678901234567890.123456789012345678901234567890,
   1234567890123456789012345678901234567890.12345678901234567890, 1.7976931348623157e308,
   '2026-11-21 02:00:00.123456+05:30', '9999-12-31 23:59:59.999999', '9999-12-31', '23:59:59.999999',
   '23:59:59.999999-15:59', '178000 years', '{{1,2},{3,NULL}}', '{1.10,NaN,NULL}', '{"2026-03-29 02:30:00+00",NULL}',
   '2001:db8::ff00:42:8329/64', '10.0.0.0/8', '08:00:2b:01:02:03', B'11111111', B'10101', '[1,10)', '(1.5,-2.25)',
   '<a b="c">ü &amp; 🐼</a>', 'big & bamboo'::tsvector),
  ('smallest', -32768, -2147483648, -9223372036854775808, -99999999.99, -0.0000000000000000000000000000000000001,
   -0.00000000000000000001, 5e-324, '0001-01-01 00:00:00+00', '0001-01-01 00:00:00', '0001-01-01', '00:00:00',
   '00:00:00+15:59', '-1 mons +2 days -03:04:05.000006', '{}', '{}', '{}', '0.0.0.0/0', '::/0', '00:00:00:00:00:00',
   B'00000000', B'', 'empty', '(0,0)', '<empty/>', ''),
  ('not a number', 0, 0, 0, 'NaN', 'NaN', 'NaN', 'NaN', NULL, NULL, NULL, NULL, NULL, '0', '[0:1]={7,8}', '{NaN}', NULL,
   '127.0.0.1', '127.0.0.1/32', NULL, NULL, NULL, '(,)', NULL, NULL, NULL),
  ('zeros that count', 0, 0, 0, 0.00, 1.5000, 1.5, '-0', '2026-10-25 00:30:00+00', '2026-10-25 02:30:00', '2000-02-29',
   '24:00:00', '12:00:00+02', '1 year 2 mons 3 days 04:05:06.7', '{0}', '{0.00,100}', NULL, NULL, NULL, NULL, NULL, NULL,
   '[5,5]', NULL, NULL, NULL),
  ('without an end', NULL, NULL, NULL, NULL, NULL, NULL, '-Infinity', 'infinity', '-infinity', 'infinity', NULL, NULL, NULL,
   NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
  ('nothing at all', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
   NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
  ('', 0, 0, 0, 0, 0, 0, 0, 'epoch', 'epoch', '1970-01-01', '00:00:00', '00:00:00+00', '0', '{}', '{}', '{}', NULL, NULL,
   NULL, NULL, NULL, NULL, NULL, NULL, NULL);

CREATE TABLE warehouse.shipments (
  id uuid PRIMARY KEY,
  order_id bigint NOT NULL REFERENCES shop.orders (id) ON DELETE CASCADE,
  parcel integer NOT NULL,
  carrier text,
  sent_at timestamptz NOT NULL,
  UNIQUE (order_id, parcel) DEFERRABLE INITIALLY DEFERRED
);

INSERT INTO warehouse.shipments
SELECT md5('shipment ' || id)::uuid, id, 1, CASE WHEN id % 3 > 0 THEN 'By post' END, updated_at + interval '1 day'
FROM shop.orders
WHERE id <= 5000;

CREATE TABLE warehouse.returns (
  id bigint GENERATED ALWAYS AS IDENTITY (START WITH 1000 INCREMENT BY 10) PRIMARY KEY,
  shipment_id uuid NOT NULL REFERENCES warehouse.shipments,
  reason text NOT NULL,
  received_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE warehouse.returns IS 'Nobody has sent anything back yet.';

-- A small provincial database, simulated: what a province lays out and grants, as psql takes it.
CREATE SCHEMA energy;
CREATE TABLE energy.hourly (
  id bigint PRIMARY KEY,
  unit_code character(18) NOT NULL,
  item_code character varying(24),
  stat_date timestamp without time zone,
  amount numeric(18,4),
  remark text,
  updated_at timestamp with time zone
);
INSERT INTO energy.hourly VALUES
  (1, '91970000MA00000013', '00-00-0000-023300-11', '2026-11-01 00:00:00', 120.5000, NULL, '2026-11-01 01:05:00+08'),
  (2, '91970000MA00000013', '00-00-0000-023300-11', '2026-11-01 01:00:00', 121.2500, 'checked', '2026-11-01 02:05:00+08'),
  (3, '91970000MA00000013', '00-00-0000-011500-11', '2026-11-01 01:00:00', 3.0001, NULL, '2026-11-01 02:05:00+08');
CREATE INDEX hourly_updated_at ON energy.hourly (updated_at);
CREATE VIEW energy."能耗上报" AS
  SELECT unit_code AS "企业代码", item_code AS "数据编码", stat_date AS "时间", amount AS "数值", updated_at AS "更新时间"
  FROM energy.hourly;
GRANT USAGE ON SCHEMA energy TO reader;
GRANT SELECT ON energy."能耗上报" TO reader;

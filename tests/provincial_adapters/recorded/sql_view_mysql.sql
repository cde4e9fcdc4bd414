-- A small provincial database, simulated: what a province lays out and grants, as the mysql client takes it.
CREATE TABLE `hourly` (
  `id` bigint NOT NULL PRIMARY KEY,
  `unit_code` char(18) NOT NULL,
  `item_code` varchar(24) DEFAULT NULL,
  `stat_date` datetime DEFAULT NULL,
  `amount` decimal(18,4) DEFAULT NULL,
  `remark` text DEFAULT NULL,
  `updated_at` timestamp NULL DEFAULT NULL,
  KEY `hourly_updated_at` (`updated_at`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
INSERT INTO `hourly` VALUES
  (1, '91970000MA00000013', '00-00-0000-023300-11', '2026-11-01 00:00:00', 120.5000, NULL, '2026-11-01 01:05:00'),
  (2, '91970000MA00000013', '00-00-0000-023300-11', '2026-11-01 01:00:00', 121.2500, 'checked', '2026-11-01 02:05:00'),
  (3, '91970000MA00000013', '00-00-0000-011500-11', '2026-11-01 01:00:00', 3.0001, NULL, '2026-11-01 02:05:00');
CREATE VIEW `能耗上报` AS
  SELECT `unit_code` AS `企业代码`, `item_code` AS `数据编码`, `stat_date` AS `时间`, `amount` AS `数值`, `updated_at` AS `更新时间`
  FROM `hourly`;
GRANT SELECT ON `energy`.`能耗上报` TO reader@'127.0.0.1';

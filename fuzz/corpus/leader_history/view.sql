DROP TABLE round; CREATE VIEW round AS SELECT 1 AS at, 20 AS step, 1 AS mean, 1 AS low, 1 AS high, 1 AS machines;

#!/usr/bin/env python3
"""Writes duckdb/*.parquet: the types and encodings that DuckDB writes, in both versions of the format. See README.md."""
import pathlib

import duckdb

HERE = pathlib.Path(__file__).parent

ROWS = """
SELECT
  i AS id,
  CASE WHEN i % 7 = 0 THEN NULL ELSE i % 3 = 0 END AS flag,
  CASE WHEN i % 5 = 0 THEN NULL ELSE (i * 37 % 256 - 128)::TINYINT END AS tiny,
  (i * 7919 % 65536 - 32768)::SMALLINT AS small,
  (i * 2654435761 % 4294967296 - 2147483648)::INTEGER AS number,
  CASE WHEN i % 11 = 0 THEN NULL ELSE (i * 1234567890123)::BIGINT END AS big,
  (i % 256)::UTINYINT AS utiny, (i * 99991)::UINTEGER AS uint, (18446744073709551615 - i)::UBIGINT AS ubig,
  (i / 7)::FLOAT AS real4, CASE WHEN i % 13 = 0 THEN NULL ELSE sqrt(i) END AS real8,
  (i / 100)::DECIMAL(9, 2) AS dec9, (i * 1000003)::DECIMAL(18, 3) AS dec18, (i * 10000000000000)::DECIMAL(38, 5) AS dec38,
  CASE WHEN i % 4 = 0 THEN NULL ELSE 'value ' || (i % 50) END AS few,
  'https://example.org/items/' || i || '/details' AS many,
  encode('bytes ' || i) AS bytes,
  ('00000000-0000-4000-8000-' || lpad(i::VARCHAR, 12, '0'))::UUID AS id16,
  DATE '2026-11-21' + (i % 400)::INTEGER AS day,
  TIME '01:02:03.456789' + to_microseconds(i) AS clock,
  TIMESTAMP '2026-11-21 01:02:03.456789' + to_seconds(i) AS moment,
  (TIMESTAMP '1969-12-31 23:59:59.5' + to_milliseconds(i))::TIMESTAMP_MS AS moment_ms,
  make_timestamp_ns(1700000000123456789 + i) AS moment_ns,
  CASE WHEN i % 6 = 0 THEN NULL WHEN i % 6 = 1 THEN [] ELSE [i, NULL, -i] END AS numbers,
  {'a': i, 'b': CASE WHEN i % 3 = 0 THEN NULL ELSE ['x', 'y' || i] END} AS pair,
  MAP {'k' || (i % 3): i, 'z': NULL} AS pairs,
  'same' AS constant,
  NULL::INTEGER AS nothing
FROM range(3000) t(i)
"""


def main():
    (HERE / "duckdb").mkdir(exist_ok=True)
    for old in (HERE / "duckdb").iterdir():
        old.unlink()
    db = duckdb.connect()
    db.execute("SET threads = 1")
    for version, codec in [("V1", "snappy"), ("V2", "zstd"), ("V2", "lz4_raw")]:
        limit = 2100 if codec == "zstd" else 500
        db.execute("COPY (SELECT * FROM (%s) LIMIT %d) TO '%s' (FORMAT parquet, PARQUET_VERSION %s, COMPRESSION %s, ROW_GROUP_SIZE 2048)" % (
            ROWS, limit, HERE / "duckdb" / ("duckdb_%s_%s.parquet" % (version.lower(), codec)), version, codec))


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Writes others/*.parquet: files of DuckDB, in both versions of the format, polars and fastparquet. See README.md."""
import pathlib

import duckdb
import fastparquet
import polars

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
FROM range(2050) t(i)
"""


def main():
    (HERE / "others").mkdir(exist_ok=True)
    for old in (HERE / "others").iterdir():
        old.unlink()
    db = duckdb.connect()
    db.execute("SET threads = 1")
    for version, codec in [("V1", "snappy"), ("V2", "zstd"), ("V2", "lz4_raw")]:
        limit = 2050 if codec == "zstd" else 300
        db.execute("COPY (SELECT * FROM (%s) LIMIT %d) TO '%s' (FORMAT parquet, PARQUET_VERSION %s, COMPRESSION %s, ROW_GROUP_SIZE 2048)" % (
            ROWS, limit, HERE / "others" / ("duckdb_%s_%s.parquet" % (version.lower(), codec)), version, codec))
    # All 32-bit values, with the differences that they bring.
    db.execute("""COPY (SELECT (hash(i) %% 4294967296)::UINTEGER AS uint, ((hash(i) %% 4294967296)::BIGINT - 2147483648)::INTEGER AS number
        FROM range(300) t(i)) TO '%s' (FORMAT parquet, PARQUET_VERSION V2, COMPRESSION uncompressed)""" % (HERE / "others" / "duckdb_v2_wide.parquet"))

    frame = polars.from_arrow(db.sql("SELECT * EXCLUDE (pairs, nothing, moment_ns) FROM (%s) LIMIT 300" % ROWS).to_arrow_table())
    for codec in ["snappy", "zstd"]:
        frame.write_parquet(HERE / "others" / ("polars_%s.parquet" % codec), compression=codec, row_group_size=128, data_page_size=500)

    flat = db.sql("SELECT id, flag, tiny, small, number, big, utiny, uint, real4, real8, few, many, bytes, moment FROM (%s) LIMIT 300" % ROWS).df()
    flat["bytes"] = flat["bytes"].map(bytes)
    flat["moment"] = flat["moment"].astype("datetime64[ns]")  # fastparquet takes microseconds for nanoseconds in INT96
    for codec, times in [("snappy", "int64"), ("gzip", "int96")]:
        fastparquet.write(str(HERE / "others" / ("fastparquet_%s.parquet" % codec)), flat, compression=codec.upper(), times=times, row_group_offsets=[0, 128])


if __name__ == "__main__":
    main()

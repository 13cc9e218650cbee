#!/usr/bin/env python3
"""Writes expected/<file>.jsonl[.gz], the rows of every file in good/, pyarrow/ and others/ as pyarrow reads them.

Run by hand, when a file is added: see README.md.
The tests read only the result. One line is one row, an object in column order, in the JSON mapping of package cql:
integers as numbers, decimals as strings, blobs as 0x hex, dates 2026-11-21, times 15:04:05.123456789, timestamps
RFC 3339 in UTC, NaN and infinities as strings, lists as arrays, structs as objects, maps as objects where the key is text,
else arrays of [key, value]. INT96 is read at microsecond resolution: pyarrow's nanoseconds wrap silently after the year 2262.
A file that pyarrow cannot read is read by DuckDB. A file that stands in REFUSED gets no expected rows: the test names its error.
"""
import gzip
import json
import math
import pathlib
import uuid

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

HERE = pathlib.Path(__file__).parent
GZIP_ABOVE = 24 << 10
REFUSED = {
    "int96_from_spark": "its last value is out of the range of a day, and wraps in pyarrow and in DuckDB, each in its own way",
    "repeated_no_annotation": "its footer counts no rows",
}
PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}


def civil(days):
    """Year, month, day of a day number since 1970-01-01, for any year (datetime ends at 9999)."""
    z = days + 719468
    era = z // 146097
    doe = z - era * 146097
    yoe = (doe - doe // 1460 + doe // 36524 - doe // 146096) // 365
    doy = doe - (365 * yoe + yoe // 4 - yoe // 100)
    mp = (5 * doy + 2) // 153
    month = mp + 3 if mp < 10 else mp - 9
    return yoe + era * 400 + (month <= 2), month, doy - (153 * mp + 2) // 5 + 1


def day(days):
    """A date; years outside 0 to 9999 carry a sign."""
    y, m, d = civil(days)
    sign = "-" if y < 0 else "+" if y > 9999 else ""
    return "%s%04d-%02d-%02d" % (sign, abs(y), m, d)


def clock(ticks, per_second):
    seconds, fraction = divmod(ticks, per_second)
    text = "%02d:%02d:%02d" % (seconds // 3600, seconds // 60 % 60, seconds % 60)
    digits = ("%0*d" % (len(str(per_second)) - 1, fraction)).rstrip("0") if fraction else ""
    return text + ("." + digits if digits else "")


def neutral(value, t):
    """value is a pyarrow scalar of type t."""
    if not value.is_valid:
        return None
    if isinstance(t, pa.UuidType):
        return str(uuid.UUID(bytes=value.value.as_py()))
    if isinstance(t, pa.ExtensionType) or isinstance(t, pa.BaseExtensionType):
        return neutral(value.value, t.storage_type)
    if pa.types.is_dictionary(t):
        return neutral(value.dictionary[value.index.as_py()], t.value_type)
    if pa.types.is_struct(t):
        return {f.name: neutral(value[i], f.type) for i, f in enumerate(t)}
    if pa.types.is_map(t):
        entries = [(neutral(e["key"], t.key_type), neutral(e["value"], t.item_type)) for e in value.values]
        if pa.types.is_string(t.key_type):
            return dict(entries)
        return [list(e) for e in entries]
    if pa.types.is_list(t) or pa.types.is_large_list(t) or pa.types.is_fixed_size_list(t):
        return [neutral(e, t.value_type) for e in value.values]
    if pa.types.is_boolean(t) or pa.types.is_integer(t) or pa.types.is_string(t) or pa.types.is_large_string(t):
        return value.as_py()
    if pa.types.is_floating(t):
        f = float(value.as_py())
        if math.isnan(f):
            return "NaN"
        if math.isinf(f):
            return "Infinity" if f > 0 else "-Infinity"
        return f
    if pa.types.is_decimal(t):
        return format(value.as_py(), "f")
    if pa.types.is_binary(t) or pa.types.is_large_binary(t) or pa.types.is_fixed_size_binary(t):
        return "0x" + value.as_py().hex()
    if pa.types.is_date32(t):
        return day(value.value)
    if pa.types.is_time(t):
        return clock(value.value, PER_SECOND[t.unit])
    if pa.types.is_timestamp(t):
        per = PER_SECOND[t.unit]
        days, ticks = divmod(value.value, 86400 * per)
        return day(days) + "T" + clock(ticks, per) + "Z"
    raise TypeError("no neutral form for %s" % t)


def pyarrow_rows(path):
    return rows(pq.ParquetFile(path, coerce_int96_timestamp_unit="us", page_checksum_verification=True).read())


def duckdb_rows(path):
    return rows(duckdb.read_parquet(str(path)).to_arrow_table())


def rows(table):
    columns = [(name, table.column(i).combine_chunks(), table.schema.field(i).type) for i, name in enumerate(table.column_names)]
    for r in range(table.num_rows):
        yield {name: neutral(column[r], t) for name, column, t in columns}


def main():
    out = HERE / "expected"
    out.mkdir(exist_ok=True)
    for old in out.iterdir():
        old.unlink()
    for path in sorted(p for folder in ["good", "pyarrow", "others"] for p in HERE.glob(folder + "/*.parquet")):
        if path.stem in REFUSED:
            continue
        try:
            found = list(pyarrow_rows(path))
        except (pa.ArrowException, OSError) as err:
            print("%s: read by DuckDB, because pyarrow says: %s" % (path.name, err))
            found = list(duckdb_rows(path))
        lines = [json.dumps(r, separators=(",", ":"), ensure_ascii=False, allow_nan=False) for r in found]
        data = "".join(line + "\n" for line in lines).encode()
        if len(data) > GZIP_ABOVE:
            (out / (path.stem + ".jsonl.gz")).write_bytes(gzip.compress(data, 9, mtime=0))
        else:
            (out / (path.stem + ".jsonl")).write_bytes(data)


if __name__ == "__main__":
    main()

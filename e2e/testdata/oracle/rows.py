"""Answers queries: the rows of a view as JSON lines, computed by pyarrow or DuckDB from the Parquet files alone."""

import functools
import glob
import json
import os
import sys

import pyarrow as pa
import pyarrow.parquet as pq

import mapping


def read_all(root):
    """All files below root as one table; a file without a column has nulls there."""
    tables = []
    for name in sorted(glob.glob(root + "/**/*.parquet", recursive=True)):
        t = pq.ParquetFile(name, coerce_int96_timestamp_unit="ms").read()
        t = t.append_column("_file", pa.array([os.path.relpath(name, root)] * len(t), pa.string()))
        t = t.append_column("_row", pa.array(range(len(t)), pa.int64()))
        tables.append(t)
    return pa.concat_tables(tables, promote_options="default")


def query_sql(root, sql):
    import duckdb

    con = duckdb.connect()
    con.execute("SET threads=2; SET TimeZone='UTC'")
    con.execute(
        "CREATE VIEW files AS SELECT * FROM read_parquet('%s/**/*.parquet', hive_partitioning=true, union_by_name=true, "
        "filename=true, file_row_number=true)" % root
    )
    return con.sql(sql.replace("{root}", root)).to_arrow_table()


def compare(order, row_a, row_b):
    for column, desc in order:
        a, b = mapping.rank(row_a[column]), mapping.rank(row_b[column])
        if a != b:
            return -1 if (a < b) != desc else 1
    return 0


def answer(q):
    table = query_sql(q["root"], q["sql"]) if q.get("sql") else read_all(q["root"])
    names = q.get("columns") or [n for n in table.column_names if n not in ("_file", "_row")]
    names = q["key"] + [c["column"] for c in q.get("clustering", [])] + [
        n for n in names if n not in q["key"] and n not in [c["column"] for c in q.get("clustering", [])]
    ]
    columns = {n: table.column(n) for n in names}
    texts = [[mapping.escape(n) + ":" + t for t in mapping.texts(columns[n])] for n in names]
    lines = ["{" + ",".join(cells) + "}" for cells in zip(*texts)]
    if not q.get("clustering"):
        return lines
    order = [(c["column"], c["desc"]) for c in q["clustering"]]
    names = [n for n, _ in order]
    rows = [dict(zip(names, cells)) for cells in zip(*(columns[n] for n in names))]
    at = sorted(range(len(lines)), key=functools.cmp_to_key(lambda a, b: compare(order, rows[a], rows[b])))
    return [lines[i] for i in at]


if __name__ == "__main__":
    json.dump([answer(q) for q in json.load(sys.stdin)], sys.stdout)

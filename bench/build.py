"""Builds of TPC-H orders and lineitem beside DuckDB's sorted copy of the same file, in pairs, two threads each."""
import argparse
import json
import os
import shutil
import sys

import measure

VIEWS = {
    "orders": "key: [o_orderkey]\n",
    "lineitem": "key: [l_orderkey]\nclustering: [{column: l_linenumber, order: asc}]\n",
}
KEYS = {"orders": "o_orderkey", "lineitem": "l_orderkey"}

DUCKDB = """
import duckdb
c = duckdb.connect()
c.execute("SET threads=2")
c.execute("COPY (SELECT * FROM '{source}' ORDER BY hash({key})) TO '{target}' (FORMAT parquet, COMPRESSION zstd)")
"""


def folder_bytes(path):
    return sum(os.path.getsize(os.path.join(d, f)) for d, _, files in os.walk(path) for f in files if f.endswith((".table", ".bloom", ".dict")))


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--verdigris", required=True)
    p.add_argument("--data", required=True)
    p.add_argument("--pairs", type=int, default=5)
    p.add_argument("--codec", default="default")
    p.add_argument("--out", required=True)
    a = p.parse_args()
    work = os.path.abspath(os.path.join(os.path.dirname(a.out), "work"))
    results = {}
    print("| view | runner | wall s | CPU s | CPU ns a row | peak MB | bytes MB |")
    print("|---|---|---|---|---|---|---|")
    for view, key in VIEWS.items():
        source = os.path.abspath(os.path.join(a.data, view + ".parquet"))
        ours, theirs, rows = [], [], 0
        for _ in range(a.pairs):
            shutil.rmtree(work, ignore_errors=True)
            os.makedirs(work)
            spec = os.path.join(work, view + ".yaml")
            with open(spec, "w") as f:
                f.write(f"view: {view}\nsource: ['{source}']\nstore: store\ncodec: {a.codec}\n{key}")
            wall, cpu, peak, out = measure.run([a.verdigris, "build", spec, "-o", "json"], env={**os.environ, "GOMAXPROCS": "2"})
            rows = json.loads(out)["totals"]["rows"]
            ours.append((wall, cpu, peak, folder_bytes(work)))
            target = os.path.join(work, "copy.parquet")
            wall, cpu, peak, _ = measure.run([sys.executable, "-c", DUCKDB.format(source=source, key=KEYS[view], target=target)])
            theirs.append((wall, cpu, peak, os.path.getsize(target)))
        line = {}
        for name, runs in (("verdigris", ours), ("duckdb", theirs)):
            wall, cpu, peak, size = (measure.median([r[i] for r in runs]) for i in range(4))
            line[name] = {"wall": wall, "cpu": cpu, "peak": peak, "bytes": size, "runs": runs}
            print(f"| {view} | {name} | {wall:.2f} | {cpu:.2f} | {cpu / rows * 1e9:.0f} | {peak / 1e6:.0f} | {size / 1e6:.1f} |")
        for i, what in ((0, "wall"), (1, "CPU")):
            ratios = [o[i] / t[i] for o, t in zip(ours, theirs)]
            line["ratio_" + what.lower()] = measure.median(ratios)
            print(f"| {view} | ratio of {what} | {measure.median(ratios):.2f} | | | | |")
        results[view] = line
    shutil.rmtree(work, ignore_errors=True)
    with open(a.out, "w") as f:
        json.dump(results, f, indent=1)


main()

"""Every codec on four kinds of rows: bytes, CPU of the build, CPU of a get with a warm page cache."""
import argparse
import json
import os
import random
import shutil
import subprocess

import measure

CODECS = ["none", "cells", "zstd"]
RANDOM_ROWS, RANDOM_BYTES = 400_000, 400


def make_random(folder):
    """Rows that nothing makes smaller: a key of 8 and a value of 400 random bytes."""
    import pyarrow as pa
    import pyarrow.parquet as pq
    os.makedirs(folder, exist_ok=True)
    r = random.Random(1)
    keys = pa.array(r.sample(range(2**62), RANDOM_ROWS), pa.int64())
    values = pa.array([r.randbytes(RANDOM_BYTES) for _ in range(RANDOM_ROWS)], pa.binary())
    pq.write_table(pa.table({"k": keys, "v": values}), os.path.join(folder, "random.parquet"), compression="none")


def figures(report):
    t = report["totals"]
    return {"rows": t["rows"], "bytes": t["table_bytes"] + t["bloom_bytes"], "cell_bytes": report["cell_bytes"]}


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--verdigris", required=True)
    p.add_argument("--get", required=True, help="the binary of bench/get")
    p.add_argument("--tpch", required=True, help="folder of orders.parquet and lineitem.parquet")
    p.add_argument("--guests", required=True, help="folder of `verdigris sample`")
    p.add_argument("--pairs", type=int, default=3)
    p.add_argument("--gets", default="100000")
    p.add_argument("--out", required=True)
    a = p.parse_args()
    work = os.path.abspath(os.path.join(os.path.dirname(a.out), "codecs"))
    shutil.rmtree(work, ignore_errors=True)
    noise = os.path.join(work, "noise")
    make_random(noise)
    tpch = os.path.abspath(a.tpch)
    data = {
        "orders": f"source: ['{tpch}/orders.parquet']\nkey: [o_orderkey]\n",
        "lineitem": f"source: ['{tpch}/lineitem.parquet']\nkey: [l_orderkey]\nclustering: [{{column: l_linenumber, order: asc}}]\n",
        "guests": f"source: ['{os.path.abspath(a.guests)}/*.parquet']\nkey: [guest_id]\nduplicates: {{rule: latest, by: updated_at}}\n",
        "random": f"source: ['{noise}/*.parquet']\nkey: [k]\n",
    }
    results = {}
    print("| rows | codec | bytes a row on disk | of the plain cells | build CPU ns a row | get CPU us | get p50 us | get p99 us |")
    print("|---|---|---|---|---|---|---|---|")
    for name, spec in data.items():
        builds = {c: [] for c in CODECS}
        for n in range(a.pairs):
            for k in range(len(CODECS)):
                codec = CODECS[(k + n) % len(CODECS)]
                view = f"{name}_{codec}"
                shutil.rmtree(os.path.join(work, "store", view), ignore_errors=True)
                path = os.path.join(work, view + ".yaml")
                with open(path, "w") as f:
                    f.write(f"view: {view}\nstore: store\ncodec: {codec}\n{spec}")
                _, cpu, _, out = measure.run([a.verdigris, "build", path, "-o", "json"])
                builds[codec].append((cpu, figures(json.loads(out))))
        store, keys = os.path.join(work, "store"), os.path.join(work, name + "_keys")
        subprocess.run([a.get, "keys", "-store", store, "-view", f"{name}_none", "-out", keys], check=True)
        gets = os.path.join(work, name + ".json")
        engines = ",".join(f"{c}={store}:{name}_{c}" for c in CODECS)
        subprocess.run([a.get, "run", "-engines", engines, "-keys", keys, "-rounds", str(a.pairs), "-warm", a.gets, "-cold", "0", "-json", gets],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with open(gets) as f:
            warm = {s["engine"]: s["warm"] for s in json.load(f)}
        results[name] = {}
        for codec in CODECS:
            f = builds[codec][0][1]
            cpu = measure.median([b[0] for b in builds[codec]])
            g = warm[codec]
            results[name][codec] = {**f, "build_cpu": cpu, "get": g}
            print(f"| {name} | {codec} | {f['bytes'] / f['rows']:.1f} | {f['bytes'] / f['cell_bytes']:.2f} | {cpu / f['rows'] * 1e9:.0f} "
                  f"| {g['hit_cpu'] / 1e3:.2f} | {g['hit_p50'] / 1e3:.2f} | {g['hit_p99'] / 1e3:.2f} |", flush=True)
    shutil.rmtree(work)
    with open(a.out, "w") as f:
        json.dump(results, f, indent=1)


main()

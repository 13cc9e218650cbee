"""A build of TPC-H lineitem in little memory beside the same build in memory: CPU, peak memory, and whether the bytes are the same."""
import argparse
import json
import os
import shutil

import measure


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--verdigris", required=True)
    p.add_argument("--data", required=True)
    p.add_argument("--memory", default="512MiB")
    p.add_argument("--pairs", type=int, default=3)
    p.add_argument("--out", required=True)
    a = p.parse_args()
    work = os.path.abspath(os.path.join(os.path.dirname(a.out), "work"))
    source = os.path.abspath(os.path.join(a.data, "lineitem.parquet"))
    runs = {"memory": [], "spill": []}
    hashes, rows = {}, 0
    for _ in range(a.pairs):
        for mode, memory in (("memory", "18GiB"), ("spill", a.memory)):
            shutil.rmtree(work, ignore_errors=True)
            os.makedirs(work)
            spec = os.path.join(work, "lineitem.yaml")
            with open(spec, "w") as f:
                f.write(f"view: lineitem\nsource: ['{source}']\nstore: store\nkey: [l_orderkey]\n"
                        "clustering: [{column: l_linenumber, order: asc}]\n")
            wall, cpu, peak, out = measure.run([a.verdigris, "build", spec, "--memory", memory, "-o", "json"])
            report = json.loads(out)
            if report["mode"] != mode:
                raise SystemExit(f"the build with {memory} ran in mode {report['mode']}")
            rows = report["totals"]["rows"]
            runs[mode].append((wall, cpu, peak))
            with open(os.path.join(work, "store/lineitem/manifests/v00000000000000000001.json")) as f:
                m = json.load(f)
            hashes.setdefault(mode, [x["table"]["sha256"] for x in m["partitions"]])
    print("| mode | wall s | CPU s | CPU ns a row | peak MiB |\n|---|---|---|---|---|")
    result = {"same_bytes": hashes["memory"] == hashes["spill"], "rows": rows}
    for mode, list_ in runs.items():
        wall, cpu, peak = (measure.median([r[i] for r in list_]) for i in range(3))
        result[mode] = {"wall": wall, "cpu": cpu, "peak": peak}
        print(f"| {mode} | {wall:.1f} | {cpu:.1f} | {cpu / rows * 1e9:.0f} | {peak / 2**20:.0f} |")
    result["ratio_cpu"] = measure.median([s[1] / m[1] for s, m in zip(runs["spill"], runs["memory"])])
    print(f"\nratio of CPU {result['ratio_cpu']:.2f}; the same bytes: {result['same_bytes']}")
    shutil.rmtree(work, ignore_errors=True)
    with open(a.out, "w") as f:
        json.dump(result, f, indent=1)


main()

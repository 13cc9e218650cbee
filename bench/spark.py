"""A build of TPC-H orders beside Spark with CQLSSTableWriter on the same file, in pairs, two cores each.

The jars come from Maven Central, once. Both sides are measured from outside, start of the process included."""
import argparse
import json
import os
import shutil
import subprocess

import measure

HERE = os.path.dirname(os.path.abspath(__file__))


def prepare(folder, heap):
    """Gives the Java command."""
    jars, classes, source = (os.path.join(folder, x) for x in ("jars", "classes", "OrdersToTables.java"))
    code = os.path.join(HERE, "spark")
    if not os.path.exists(os.path.join(folder, "ready")):
        shutil.rmtree(jars, ignore_errors=True)
        subprocess.run(["mvn", "-q", "-B", "-f", os.path.join(code, "pom.xml"), "dependency:copy-dependencies", "-DoutputDirectory=" + jars], check=True)
        open(os.path.join(folder, "ready"), "w").close()
    subprocess.run(["javac", "-nowarn", "-cp", jars + "/*", "-d", classes, os.path.join(code, os.path.basename(source))], check=True)
    return ["java", "-Xmx" + heap, "@" + os.path.join(code, "java17.args"), "-Dcassandra.storagedir=" + os.path.join(folder, "storage"),
            "-cp", classes + ":" + jars + "/*", "OrdersToTables"]


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--verdigris", required=True)
    p.add_argument("--data", required=True, help="folder of orders.parquet")
    p.add_argument("--pairs", type=int, default=3)
    p.add_argument("--ranges", default="8")
    p.add_argument("--heap", default="6g", help="largest heap of the JVM; less costs it CPU and saves memory")
    p.add_argument("--out", required=True)
    a = p.parse_args()
    folder = os.path.abspath(os.path.join(os.path.dirname(a.out), "spark"))
    os.makedirs(folder, exist_ok=True)
    java = prepare(folder, a.heap)
    source = os.path.abspath(os.path.join(a.data, "orders.parquet"))
    work = os.path.join(folder, "work")
    ours, theirs = [], []
    for _ in range(a.pairs):
        shutil.rmtree(work, ignore_errors=True)
        os.makedirs(work)
        spec = os.path.join(work, "orders.yaml")
        with open(spec, "w") as f:
            f.write(f"view: orders\nsource: ['{source}']\nstore: store\nkey: [o_orderkey]\n")
        wall, cpu, peak, out = measure.run([a.verdigris, "build", spec, "-o", "json"], env={**os.environ, "GOMAXPROCS": "2"})
        rows = json.loads(out)["totals"]["rows"]
        ours.append((wall, cpu, peak, rows))
        wall, cpu, peak, out = measure.run(java + [source, os.path.join(work, "spark"), a.ranges, "2"], env={**os.environ, "SPARK_LOCAL_IP": "127.0.0.1"})
        if int(out.split()[-1]) != rows:
            raise SystemExit(f"Spark wrote {out.split()[-1]} rows, Verdigris {rows}")
        theirs.append((wall, cpu, peak, rows))
    shutil.rmtree(work)
    result = {"rows": rows, "heap": a.heap}
    print("| runner | wall s | CPU s | rows a CPU second | peak MB |\n|---|---|---|---|---|")
    for name, runs in (("verdigris", ours), ("spark", theirs)):
        wall, cpu, peak = (measure.median([r[i] for r in runs]) for i in range(3))
        result[name] = {"wall": wall, "cpu": cpu, "peak": peak, "runs": runs}
        print(f"| {name} | {wall:.1f} | {cpu:.1f} | {rows / cpu:.0f} | {peak / 1e6:.0f} |")
    for what, i in (("cpu", 1), ("peak", 2)):
        result["ratio_" + what] = measure.median([t[i] / o[i] for o, t in zip(ours, theirs)])
    print(f"\nSpark takes {result['ratio_cpu']:.1f} times the CPU and {result['ratio_peak']:.1f} times the memory.")
    with open(a.out, "w") as f:
        json.dump(result, f, indent=1)


main()

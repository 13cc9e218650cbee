"""Point gets beside Pebble and RocksDB on two data sets: 10 M TPC-H orders and 2 M guest profiles.

Makes the views and the peers' databases where they are not there yet, checks that all engines give the same bytes, and
measures them in turn."""
import argparse
import os
import subprocess

CODECS = ["cells", "none", "zstd"]
SPECS = {
    "orders": "key: [o_orderkey]\n",
    "guests": "key: [guest_id]\nduplicates: {rule: latest, by: updated_at}\n",
}


def run(*command):
    print("+", " ".join(command), flush=True)
    subprocess.run(command, check=True)


def once(marker, what):
    """Does what if it has not been done to its end before."""
    if not os.path.exists(marker):
        what()
        os.makedirs(os.path.dirname(marker), exist_ok=True)
        open(marker, "w").close()


def prepare(a, name, source, folder):
    """Gives the list of engines."""
    store = os.path.join(folder, "store")
    engines = []
    for codec in CODECS:
        view = f"{name}_{codec}"
        spec = os.path.join(folder, view + ".yaml")
        with open(spec, "w") as f:
            f.write(f"view: {view}\nsource: ['{source}']\nstore: store\ncodec: {codec}\n{SPECS[name]}")
        run(a.verdigris, "build", spec)  # answers at once when it is there
        engines.append(f"{codec}={store}:{view}")
    first = f"{name}_{CODECS[0]}"
    for peer in ["pebble"] + (["rocksdb"] if a.rocksdb else []):
        out = os.path.join(folder, peer)
        once(out + ".loaded", lambda: run(a.get, "load", "-store", store, "-view", first, "-engine", peer, "-out", out))
        engines += [f"{peer}={out}", f"{peer}-cached={out}"]
        if peer == "pebble":
            engines.append(f"pebble-get={out}")
    once(os.path.join(folder, "keys.made"),
         lambda: run(a.get, "keys", "-store", store, "-view", first, "-out", os.path.join(folder, "keys")))
    return ",".join(engines)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--verdigris", required=True)
    p.add_argument("--get", required=True, help="the binary of bench/get")
    p.add_argument("--rocksdb", action="store_true", help="the binary was built with RocksDB")
    p.add_argument("--orders", required=True, help="folder of orders.parquet")
    p.add_argument("--guests", required=True, help="folder of `verdigris sample`")
    p.add_argument("--sets", default="orders,guests", help="data sets to measure")
    p.add_argument("--rounds", type=int, default=5, help="0 makes views and databases and measures nothing")
    p.add_argument("--out", required=True)
    a = p.parse_args()
    sources = {"orders": a.orders, "guests": a.guests}
    for name in a.sets.split(","):
        folder = os.path.abspath(os.path.join(a.out, name))
        os.makedirs(folder, exist_ok=True)
        engines = prepare(a, name, os.path.abspath(sources[name]) + "/*.parquet", folder)
        keys = os.path.join(folder, "keys")
        run(a.get, "check", "-engines", engines, "-keys", keys, "-n", "10000")
        if a.rounds:
            run(a.get, "run", "-engines", engines, "-keys", keys, "-rounds", str(a.rounds), "-json", folder + ".json")


main()

"""Parquet files for one topic each: duplicates, filters, clustering, overrides, values of all sizes."""

import datetime
import decimal
import itertools
import os
import random

import pyarrow as pa
import pyarrow.parquet as pq

D = decimal.Decimal


def save(t, path, **options):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    pq.write_table(t, path, **options)
    return path


def duplicates(folder):
    """Keys that come again within and between files; recencies that are equal, null, or differ below a millisecond."""
    rng = random.Random(1)
    serial = 0
    for number, day in enumerate(("2026-11-20", "2026-11-21", "2026-11-22")):
        rows = []
        for _ in range(300):
            serial += 1
            rows.append({
                "tenant": rng.choice(["eu", "us", "", "ä"]),
                "id": rng.randint(-40, 40),
                "line": rng.randint(0, 3),
                "note": "n%05d" % rng.randint(0, 99999),  # all of one length: greater text is greater bytes
                "updated": rng.choice([None, 1795219200000000, 1795219200000001, 1795219200000999, rng.randint(-5, 5)]),
                "score": rng.choice([None, D("1.5"), D("-2.25"), D("0.00"), D("9.99")]),
                "rank": rng.choice([None, "a", "b", "aa", "é"]),
            })
        schema = pa.schema([
            ("tenant", pa.string()), ("id", pa.int64()), ("line", pa.int16()), ("note", pa.string()), ("updated", pa.timestamp("us")),
            ("score", pa.decimal128(6, 2)), ("rank", pa.string()),
        ])
        yield save(pa.Table.from_pylist(rows, schema), "%s/dt=%s/part.parquet" % (folder, day), row_group_size=70)


def identical(folder):
    """Rows that come again unchanged, in the same file and in others."""
    rng = random.Random(2)
    rows = [{"id": i % 50, "line": i % 7, "note": "n%d" % ((i % 50) * 7 + i % 7), "gone": None} for i in range(1000)]
    rng.shuffle(rows)
    schema = pa.schema([("id", pa.int32()), ("line", pa.int32()), ("note", pa.string()), ("gone", pa.string())])
    for n in range(3):
        yield save(pa.Table.from_pylist(rows[n * 300 : n * 300 + 400], schema), "%s/%d.parquet" % (folder, n))


def filters(folder):
    """A column of each kind that a condition may name, in Hive folders, one of which is the null of its column."""
    rng = random.Random(3)
    serial = 0

    def maybe(v):
        return None if rng.random() < 0.2 else v

    for day, region in itertools.product(("2026-11-20", "2026-11-21"), ("eu", "us", "__HIVE_DEFAULT_PARTITION__")):
        rows = []
        for _ in range(60):
            serial += 1
            rows.append({
                "id": serial,
                "i": maybe(rng.randint(-5, 5)),
                "d": maybe(D(rng.randint(-500, 500)).scaleb(-2)),
                "s": maybe(rng.choice(["", "a", "b", "zebra", "Zoë", "é", "😀", "null", "it's", "a: b #c"])),
                "f": maybe(rng.choice([1.5, -2.5, 0.25, float("nan"), float("inf"), 3.0])),
                "b": maybe(rng.random() < 0.5),
                "day": maybe(datetime.date(2026, 11, rng.randint(1, 28))),
                "at": maybe(1795219200000000 + rng.randint(-3, 3)),
                "t": maybe(rng.randint(0, 5) * 3600 * 10**6),
                "bin": maybe(rng.choice([b"", b"\x00", b"\xff", b"\xc0\xff\xee"])),
                "big": maybe(rng.choice([0, 1 << 63, (1 << 64) - 1])),
                "tags": maybe([]),
            })
        schema = pa.schema([
            ("id", pa.int64()), ("i", pa.int32()), ("d", pa.decimal128(10, 2)), ("s", pa.string()), ("f", pa.float64()), ("b", pa.bool_()),
            ("day", pa.date32()), ("at", pa.timestamp("us")), ("t", pa.time64("us")), ("bin", pa.binary()), ("big", pa.uint64()),
            ("tags", pa.list_(pa.string())),
        ])
        yield save(pa.Table.from_pylist(rows, schema), "%s/dt=%s/region=%s/a.parquet" % (folder, day, region), row_group_size=25)


def clustering(folder):
    """In each folder one key's rows under four clustering columns: every combination of four values of each."""
    nan, inf = float("nan"), float("inf")
    epoch = datetime.datetime(1970, 1, 1)

    def uuid(text):
        return bytes.fromhex(text)

    groups = {
        "integers": [(pa.int8(), [-128, -1, 0, 127]), (pa.int16(), [-32768, -1, 0, 255]), (pa.int32(), [-(2**31), -1, 1, 2**31 - 1]), (pa.int64(), [-(2**63), -1, 256, 2**63 - 1])],
        "numbers": [(pa.uint64(), [0, 127, 128, 2**64 - 1]), (pa.float32(), [-inf, -1.5, 0.5, nan]), (pa.float64(), [-0.0, 0.0, -1e300, inf]), (pa.decimal128(20, 3), [D("-1.500"), D("0.000"), D("0.001"), D("12345678901234567.000")])],
        "bytes": [(pa.string(), ["", "a", "aa", "é"]), (pa.binary(), [b"", b"\x00", b"\x7f", b"\x80"]), (pa.binary(3), [b"\x00\x00\x00", b"\x00\xff\x00", b"\x80\x00\x00", b"\xff\xff\xff"]), (pa.string(), ["Z", "a", "\uffff", "😀"])],
        "times": [(pa.date32(), [-719529, -1, 0, 20778]), (pa.time64("ns"), [0, 1, 86399999999999, 3600]), (pa.timestamp("ms"), [-1, 0, 1, 1795219200000]), (pa.bool_(), [False, True])],
        "others": [(pa.uuid(), [uuid("69b56349e30d11e189d17a74ad5fb948"), uuid("00000000e30d11e289d17a74ad5fb948"), uuid("ffffffffe30d41e189d17a74ad5fb948"), uuid("0000000000004000800000000000ffff")]),
                   (pa.decimal256(76, 0), [D(10) ** 75, -(D(10) ** 75), D(0), D(1)]), (pa.uint32(), [0, 1, 2**31, 2**32 - 1]), (pa.time32("ms"), [0, 1, 1000, 86399999])],
    }
    for name, group in groups.items():
        rows = list(itertools.product(*(values for _, values in group)))
        random.Random(4).shuffle(rows)
        data = {"key": pa.array([i % 2 for i in range(len(rows))], pa.int32()), "n": pa.array(range(len(rows)), pa.int32())}
        for c, (type, _) in enumerate(group):
            storage = type.storage_type if isinstance(type, pa.BaseExtensionType) else type
            a = pa.array([r[c] for r in rows], storage)
            data["c%d" % c] = pa.ExtensionArray.from_storage(type, a) if storage is not type else a
        yield save(pa.table(data), "%s/%s/a.parquet" % (folder, name), row_group_size=50)


def overrides(folder):
    rng = random.Random(5)
    n = 200

    def maybe(values):
        return [None if rng.random() < 0.2 else v for v in values]

    def uuid():
        h = rng.randbytes(16).hex()
        return "-".join((h[:8], h[8:12], h[12:16], h[16:20], h[20:]))

    yield save(
        pa.table({
            "id": pa.array(range(n), pa.int64()),
            "order": pa.array(maybe(rng.choices(["x", "", "ü"], k=n)), pa.string()),
            "i": pa.array(maybe(rng.choices([0, -1, 127, -128, 77], k=n)), pa.int32()),
            "d": pa.array(maybe([D(rng.randint(-9999, 9999)) for _ in range(n)]), pa.decimal128(12, 2)),
            "f": pa.array(maybe(rng.choices([0.1, -2.5, 1e30, 3.0], k=n)), pa.float32()),
            "u": pa.array(maybe([uuid() for _ in range(n)]), pa.string()),
            "ts": pa.array(maybe([rng.randint(-5000, 5000) for _ in range(n)]), pa.timestamp("us")),
            "ts_bigint": pa.array(maybe([rng.randint(-5000, 5000) for _ in range(n)]), pa.timestamp("us")),
            "day": pa.array(maybe([rng.randint(-9999, 9999) for _ in range(n)]), pa.date32()),
            "t": pa.array(maybe([rng.randrange(86400 * 10**6) for _ in range(n)]), pa.time64("us")),
            "bin": pa.array(maybe([rng.randbytes(16) for _ in range(n)]), pa.binary()),
            "ints": pa.array(maybe([[1, None, -7][: rng.randint(0, 3)] for _ in range(n)]), pa.list_(pa.int32())),
            "left_out": pa.array(range(n), pa.int32()),
        }),
        folder + "/a.parquet",
        row_group_size=33,
    )


def unicode(folder):
    """All of Unicode but surrogates, 64 characters a row; as keys too, where the command line can ask for them."""
    points = [chr(c) for c in itertools.chain(range(0xD800), range(0xE000, 0x110000))]
    texts = ["".join(points[i : i + 64]) for i in range(0, len(points), 64)]
    yield save(pa.table({"id": pa.array(range(len(texts)), pa.int32()), "text": texts}), folder + "/values/a.parquet")
    keys = ["".join(points[i : i + 64]) for i in range(1, len(points), 64 * 9)]
    yield save(pa.table({"name": keys, "n": pa.array(range(len(keys)), pa.int32())}), folder + "/keys/a.parquet")


def large(folder):
    """Values from nothing to megabytes, beside each other under one key and in rows of their own."""
    rng = random.Random(6)
    rows = []
    for i, size in enumerate([0, 1, 100, 2047, 2048, 2049, 4095, 4096, 4097, 70000, 1 << 20, 3 << 20, (1 << 22) + 1]):
        word = rng.randbytes(3).hex()
        rows.append({"id": "k%d" % i, "line": 0, "text": (word * (size // 6 + 1))[:size], "blob": rng.randbytes(size // 2)})
        rows.append({"id": "together", "line": i, "text": (word * (size // 6 + 1))[:size], "blob": None if i % 2 else b""})
    schema = pa.schema([("id", pa.string()), ("line", pa.int32()), ("text", pa.string()), ("blob", pa.binary())])
    yield save(pa.Table.from_pylist(rows, schema), folder + "/a.parquet", row_group_size=5, compression="zstd")


def edges(folder):
    """Sources of no rows, of one row, and of files of which some have none."""
    schema = pa.schema([("id", pa.int64()), ("note", pa.string())])
    none = pa.Table.from_pylist([], schema)
    yield save(none, folder + "/none/a.parquet")
    yield save(pa.Table.from_pylist([{"id": -1, "note": None}], schema), folder + "/one/a.parquet")
    yield save(none, folder + "/mixed/a.parquet")
    yield save(pa.Table.from_pylist([{"id": i, "note": ""} for i in range(3)], schema), folder + "/mixed/deep/b.parquet", row_group_size=1)
    yield save(none, folder + "/mixed/z.parquet")


def orders(folder):
    """A hundred thousand orders in four files, of which some are there twice, the later one changed."""
    rng = random.Random(7)
    words = "quickly final ideas sleep among the silent deposits of express theodolites above pending requests".split()
    schema = pa.schema([
        ("o_orderkey", pa.int64()), ("o_custkey", pa.int32()), ("o_status", pa.string()), ("o_price", pa.decimal128(15, 2)), ("o_date", pa.date32()),
        ("o_comment", pa.string()), ("updated", pa.timestamp("ms")),
    ])
    rows = []
    for i in range(97000):
        row = [rng.randint(1, 150000), rng.choice("FOP"), D(rng.randint(100, 50000000)).scaleb(-2), rng.randint(8000, 10500), rng.choices(words, k=rng.randint(3, 9)), 0]
        rows.append([i * 32 + rng.randint(0, 7)] + row)
        if i % 32 == 0 and len(rows) < 100000:
            rows.append(rows[-1][:2] + ["P"] + rows[-1][3:6] + [1795219200000])
    rng.shuffle(rows)
    for n in range(4):
        part = rows[n::4]
        columns = list(zip(*part))
        columns[5] = [" ".join(c) for c in columns[5]]
        yield save(pa.table([pa.array(c, f.type) for c, f in zip(columns, schema)], schema=schema), "%s/%d.parquet" % (folder, n), row_group_size=5000)


def one_more(folder):
    """One row with a new key, for a source that has the duplicates."""
    schema = pa.schema([("id", pa.int64()), ("line", pa.int16()), ("tenant", pa.string()), ("note", pa.string())])
    yield save(pa.Table.from_pylist([{"id": 1000, "line": 1, "tenant": "eu", "note": "new"}], schema), folder + "/dt=2026-11-23/part.parquet")


MAKERS = {f.__name__: f for f in (duplicates, identical, filters, clustering, overrides, unicode, large, edges, one_more, orders)}

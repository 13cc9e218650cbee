"""Writes the Parquet files of the tests with pyarrow. The same call writes the same rows."""

import datetime
import decimal
import json
import os
import random
import struct
import sys

import pyarrow as pa
import pyarrow.parquet as pq

D = decimal.Decimal
decimal.getcontext().prec = 80


def some(rng, values, nulls=0.15):
    """A function that draws from values, or makes one by calling them."""
    return lambda: None if rng.random() < nulls else (values(rng) if callable(values) else rng.choice(values))


def floats(single):
    edge = [0.0, -0.0, float("nan"), float("inf"), float("-inf"), 1.5, -0.1, 1e21, 1e20, 1e-6, 1e-7, 123456789.0, 5e-324, 1.7976931348623157e308]
    if single:
        edge = [e for e in edge if not 0 < abs(e) < 1e-30 and (abs(e) < 1e38 or e in (float("inf"), float("-inf")) or e != e)] + [1e-45, 3.4028234663852886e38]

    def draw(rng):
        if rng.random() < 0.4:
            return rng.choice(edge)
        return rng.uniform(-1, 1) * 10.0 ** rng.randint(-12, 25)

    return draw


def integers(bits, signed):
    low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)
    return lambda rng: rng.choice([low, high, 0, 1, rng.randint(low, high), rng.randint(0, 100)])


def decimals(precision, scale):
    top = 10**precision - 1
    return lambda rng: D(rng.choice([0, 1, -1, top, -top, rng.randint(-top, top), rng.randint(-1000, 1000) % (top + 1)])).scaleb(-scale)


ALPHABET = "abc äöü ßéñ \"\\/ \n\t\r\b\f\x00\x1f\x7f\u0080\u2028\u2029\ufeff\ufffd 漢字 עברית 😀\U0010ffff"


def strings(rng):
    return rng.choice(["", "a", "guest", "".join(rng.choice(ALPHABET) for _ in range(rng.randint(0, 40)))])


def blobs(rng):
    return rng.choice([b"", b"\x00", b"\xff\xfe", rng.randbytes(rng.randint(0, 50))])


def uuids(rng):
    b = bytearray(rng.randbytes(16))
    b[6] = b[6] & 15 | rng.choice([1, 4, 7]) << 4
    return bytes(b)


def timestamps(unit):
    per_milli = {"s": None, "ms": 1, "us": 1000, "ns": 1000000}[unit]

    def draw(rng):
        wide = 9 * 10**12 if unit == "ns" else 200 * 10**12
        v = rng.choice([0, -1000, 1000, 1795219200000, rng.randint(-wide, wide) // 1000 * 1000])
        if per_milli is None:
            return v // 1000
        return (v + rng.choice([0, 1, 999])) * per_milli

    return draw


UNIQUE = object()


def columns(rng):
    """Name -> (type, maker of one value)."""
    c = {
        "boolean": (pa.bool_(), some(rng, [True, False])),
        "f16": (pa.float16(), some(rng, [0.0, -0.0, 1.5, -2.25, 65504.0, 6e-08, float("inf"), float("-inf"), float("nan")])),
        "f32": (pa.float32(), some(rng, floats(True))),
        "f64": (pa.float64(), some(rng, floats(False))),
        "string": (pa.string(), some(rng, strings)),
        "large_string": (pa.large_string(), some(rng, strings)),
        "dictionary": (pa.string(), some(rng, ["red", "green", "blue", ""])),
        "json": (pa.json_(), some(rng, ['{"a":1}', "[]", "null", '"ü"'])),
        "binary": (pa.binary(), some(rng, blobs)),
        "fixed": (pa.binary(5), some(rng, lambda r: r.randbytes(5))),
        "uuid": (pa.uuid(), some(rng, uuids)),
        "date": (pa.date32(), some(rng, lambda r: r.choice([0, -1, 20778, -719528, -719529, -5000000, 2932896, 2932897, r.randint(-10**6, 10**6)]))),
        "time_ms": (pa.time32("ms"), some(rng, lambda r: r.choice([0, 86399999, r.randrange(86400000)]))),
        "time_us": (pa.time64("us"), some(rng, lambda r: r.choice([0, r.randrange(86400 * 10**6)]))),
        "time_ns": (pa.time64("ns"), some(rng, lambda r: r.choice([0, 86400 * 10**9 - 1, r.randrange(86400 * 10**9)]))),
    }
    for bits in (8, 16, 32, 64):
        c["int%d" % bits] = (getattr(pa, "int%d" % bits)(), some(rng, integers(bits, True)))
        c["uint%d" % bits] = (getattr(pa, "uint%d" % bits)(), some(rng, integers(bits, False)))
    for precision, scale in ((1, 0), (4, 2), (9, 9), (12, 2), (18, 0), (19, 4), (38, 10), (38, 38)):
        c["decimal_%d_%d" % (precision, scale)] = (pa.decimal128(precision, scale), some(rng, decimals(precision, scale)))
    c["decimal_76_20"] = (pa.decimal256(76, 20), some(rng, decimals(76, 20)))
    for unit in ("s", "ms", "us", "ns"):
        c["ts_" + unit] = (pa.timestamp(unit), some(rng, timestamps(unit)))
        c["ts_%s_utc" % unit] = (pa.timestamp(unit, tz="UTC"), some(rng, timestamps(unit)))
    c["ts_us_berlin"] = (pa.timestamp("us", tz="Europe/Berlin"), some(rng, timestamps("us")))
    ints = some(rng, integers(32, True))
    c["list"] = (pa.list_(pa.int32()), some(rng, lambda r: [ints() for _ in range(r.randint(0, 4))]))
    c["list_of_lists"] = (pa.list_(pa.list_(pa.string())), some(rng, lambda r: [r.choice([None, [], ["x", None, strings(r)]]) for _ in range(r.randint(0, 3))]))
    c["text_map"] = (pa.map_(pa.string(), pa.int64()), some(rng, lambda r: [(k, r.choice([None, r.randint(-5, 5)])) for k in r.sample(["", "a", "b", "é", "z\"", "aa"], r.randint(0, 4))]))
    c["int_map"] = (pa.map_(pa.int32(), pa.string()), some(rng, lambda r: [(k, r.choice([None, strings(r)])) for k in r.sample(range(-9, 9), r.randint(0, 4))]))
    address = pa.struct([("zip", pa.int32()), ("Street \"No\"", pa.string()), ("tags", pa.list_(pa.string()))])
    c["struct"] = (address, some(rng, lambda r: {"zip": r.choice([None, 9999]), "Street \"No\"": strings(r), "tags": r.choice([None, [], ["t", None]])}))
    c["structs"] = (pa.list_(address), some(rng, lambda r: [r.choice([None, {"zip": 1, "Street \"No\"": None, "tags": ["x"]}]) for _ in range(r.randint(0, 3))]))
    deep = pa.map_(pa.string(), pa.struct([("at", pa.timestamp("ms")), ("amounts", pa.map_(pa.int64(), pa.list_(pa.decimal128(10, 2))))]))
    c["deep"] = (deep, some(rng, lambda r: [("k", {"at": 1795219200123, "amounts": [(7, [D("1.50"), None])]}), ("l", None)][: r.randint(0, 2)]))
    return c


def array(type, values):
    storage = type.storage_type if isinstance(type, pa.BaseExtensionType) else type
    a = pa.array(values, storage)
    return pa.ExtensionArray.from_storage(type, a) if storage is not type else a


def table(first, rows, seed, names=None):
    rng = random.Random(seed)
    made = columns(rng)
    data = {"id": pa.array(range(first, first + rows), pa.int64())}
    for name in made:
        type, draw = made[name]
        data[name] = array(type, [draw() for _ in range(rows)])
    t = pa.table(data)
    return t.select(names) if names else t


def save(t, path, **options):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    pq.write_table(t, path, **options)
    return path


def flat(t):
    """The columns that take encodings of their own."""
    return [f for f in t.schema if not pa.types.is_nested(f.type)]


def encodings(t):
    out = {}
    for f in flat(t):
        if isinstance(f.type, pa.BaseExtensionType):
            continue
        if pa.types.is_integer(f.type) or pa.types.is_temporal(f.type):
            out[f.name] = "DELTA_BINARY_PACKED"
        elif pa.types.is_string(f.type):
            out[f.name] = "DELTA_BYTE_ARRAY"
        elif pa.types.is_binary(f.type) or pa.types.is_large_string(f.type):
            out[f.name] = "DELTA_LENGTH_BYTE_ARRAY"
        elif pa.types.is_floating(f.type) or pa.types.is_fixed_size_binary(f.type):
            out[f.name] = "BYTE_STREAM_SPLIT"
    return out


def types(folder):
    """Every type, in files that differ in everything that a Parquet file may differ in."""
    n = 120
    rest = [f.name for f in table(0, 1, 0).schema]
    some_only = ["id"] + [name for i, name in enumerate(rest[1:]) if i % 3]  # lacks nullable columns
    for number, (names, options) in enumerate([
        (None, dict(compression="snappy", data_page_version="1.0", row_group_size=50)),
        (rest[::-1], dict(compression="zstd", data_page_version="2.0", use_dictionary=False, row_group_size=7)),
        (some_only, dict(compression="gzip", data_page_version="1.0", data_page_size=256, write_batch_size=10)),
        (None, dict(compression="brotli", data_page_version="2.0", data_page_size=256, write_batch_size=10, dictionary_pagesize_limit=200)),
        (some_only[::-1], dict(compression="lz4", data_page_version="1.0", store_decimal_as_integer=True)),
        (None, dict(compression="none", data_page_version="2.0", encode=True, write_page_checksum=True)),
        (None, dict(compression="snappy", data_page_version="1.0", encode=True, store_schema=True, use_compliant_nested_type=False)),
    ]):
        t = table(number * 1000, n, number, names)
        if options.pop("encode", False):
            options.update(use_dictionary=False, column_encoding=encodings(t))
        yield save(t, "%s/%d.parquet" % (folder, number), **options)
    yield save(table(0, 0, 0), folder + "/empty.parquet")


def int96(folder):
    names = ["id"] + ["ts_" + u for u in ("s", "ms", "us", "ns")]
    for i, compression in enumerate(("snappy", "zstd")):
        yield save(table(i * 1000, 200, i, names), "%s/%d.parquet" % (folder, i), compression=compression, use_deprecated_int96_timestamps=True)


if __name__ == "__main__":
    import topics

    job = json.load(sys.stdin)
    maker = {"types": types, "int96": int96, **topics.MAKERS}[job["what"]]
    json.dump(list(maker(job["folder"])), sys.stdout)

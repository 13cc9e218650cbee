#!/usr/bin/env python3
"""Writes pyarrow/*.parquet: every logical type, encoding, codec and page version that pyarrow can write. See README.md."""
import datetime
import decimal
import itertools
import pathlib
import random
import uuid

import pyarrow as pa
import pyarrow.parquet as pq

HERE = pathlib.Path(__file__).parent
ROWS = 90


def column(values, t, r):
    """ROWS of the values, each at least once, with runs of nulls and runs of one value."""
    out = [None] + list(values)
    while len(out) < ROWS:
        out += [r.choice([None, *values])] * r.choice([1, 1, 1, 2, 9])
    return pa.array(out[:ROWS], t)


def scalars(r):
    """Columns by name."""
    def ints(bits, signed):
        low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)
        return [low, low + 1, 0, 1, high - 1, high] + [r.randint(low, high) for _ in range(9)]

    def decimals(precision, scale):
        most = 10**precision - 1
        with decimal.localcontext() as c:
            c.prec = 80
            return [decimal.Decimal(n).scaleb(-scale) for n in [0, 1, -1, 127, 128, -128, -129, most, -most, r.randint(-most, most)]]

    floats = [0.0, -0.0, 1.5, -2.25, float("inf"), float("-inf"), float("nan"), 65504.0, 6.103515625e-05]
    texts = ["", "a", "b" * 40, "naïve", "日本語", "😀", "line\nbreak \"quoted\" \\ \x01\x7f", "common prefix 1", "common prefix 2"]
    ticks = [0, 1, -1, 999, 1000, -1000, -1001, 86399999, 1700000000000, -62135596800000]
    out = {"bool": ([True, False], pa.bool_())}
    for bits in [8, 16, 32, 64]:
        out["int%d" % bits] = (ints(bits, True), getattr(pa, "int%d" % bits)())
        out["uint%d" % bits] = (ints(bits, False), getattr(pa, "uint%d" % bits)())
    out |= {
        "float16": ([*floats, 5.960464477539063e-08], pa.float16()),
        "float32": ([*floats, 1.401298464324817e-45, 3.4028234663852886e38, 0.10000000149011612], pa.float32()),
        "float64": ([*floats, 5e-324, 1.7976931348623157e308, 0.1], pa.float64()),
        "decimal32": (decimals(7, 2), pa.decimal32(7, 2)),
        "decimal64": (decimals(18, 0), pa.decimal64(18, 0)),
        "decimal128": (decimals(38, 10), pa.decimal128(38, 10)),
        "decimal256": (decimals(76, 76), pa.decimal256(76, 76)),
        "text": (texts, pa.string()),
        "json": (['{"a":[1,null]}', '""', "[]"], pa.json_()),
        "binary": ([t.encode() for t in texts] + [b"\x00", b"\xff\xfe", bytes(range(256))], pa.binary()),
        "fixed": ([b"\x00\x00\x00", b"\xff\xff\xff", b"abc"], pa.binary(3)),
        "uuid": ([uuid.UUID(int=r.getrandbits(128)).bytes for _ in range(5)] + [bytes(16), b"\xff" * 16], pa.uuid()),
        "date": ([0, 1, -1, 20778, -719162, -719529, 2932896, 2932897, 5000000], pa.date32()),
        "time_ms": ([0, 1, 86399999, 45296789], pa.time32("ms")),
        "time_us": ([0, 1, 86399999999, 45296789012], pa.time64("us")),
        "time_ns": ([0, 1, 86399999999999, 45296789012345], pa.time64("ns")),
        "timestamp_ms": ([*ticks, 253402300800000], pa.timestamp("ms")),
        "timestamp_ms_utc": (ticks, pa.timestamp("ms", "UTC")),
        "timestamp_us": ([*ticks, -62135596800000001], pa.timestamp("us")),
        "timestamp_us_utc": (ticks, pa.timestamp("us", "UTC")),
        "timestamp_ns": ([*ticks, -9223372036854775808, 9223372036854775807], pa.timestamp("ns")),
        "constant": (["always the same"], pa.string()),
        "constant_int": ([7], pa.int64()),
        "nulls": ([], pa.int32()),
        "null": ([], pa.null()),
    }
    return out


def table(r, only=None):
    names, arrays, fields = [], [], []
    for name, (values, t) in scalars(r).items():
        if only and name not in only:
            continue
        if isinstance(t, pa.BaseExtensionType):
            array = pa.ExtensionArray.from_storage(t, column(values, t.storage_type, r))
        else:
            array = column(values, t, r)
        arrays.append(array)
        fields.append(pa.field(name, t))
        if values and not only:  # once more, never null
            arrays.append(array.fill_null(array[1]) if not isinstance(t, pa.BaseExtensionType) else
                          pa.ExtensionArray.from_storage(t, array.storage.fill_null(array.storage[1])))
            fields.append(pa.field(name + "_required", t, nullable=False))
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields))


def nested(r):
    def number():
        return r.choice([None, 0, 1, -5, 1 << 40])

    def text():
        return r.choice([None, "", "x", "common text", "日本"])

    def some(make, most=4):
        return r.choice([None, [], [make() for _ in range(r.randint(1, most))], [make() for _ in range(r.randint(1, most))]])

    def pairs(keys, make):
        return r.choice([None, [], [(k, make()) for k in r.sample(keys, r.randint(1, len(keys)))]])

    def point():
        return r.choice([None, {"x": number(), "label": text()}, {"x": number(), "label": text()}])

    columns = {
        "ints": (lambda: some(number), pa.list_(pa.int64())),
        "required_ints": (lambda: [r.randint(0, 9) for _ in range(r.randint(0, 3))], pa.list_(pa.field("element", pa.int32(), nullable=False))),
        "texts": (lambda: some(text), pa.list_(pa.string())),
        "pairs_of_texts": (lambda: r.choice([None, [text(), text()]]), pa.list_(pa.string(), 2)),
        "matrix": (lambda: some(lambda: some(number)), pa.list_(pa.list_(pa.int64()))),
        "cube": (lambda: some(lambda: some(lambda: some(text, 2), 2)), pa.list_(pa.list_(pa.list_(pa.string())))),
        "point": (point, pa.struct([("x", pa.int64()), ("label", pa.string())])),
        "points": (lambda: some(point), pa.list_(pa.struct([("x", pa.int64()), ("label", pa.string())]))),
        "deep": (
            lambda: r.choice([None, {"a": r.choice([None, {"b": some(point), "c": number()}]), "d": text()}]),
            pa.struct([
                ("a", pa.struct([("b", pa.list_(pa.struct([("x", pa.int64()), ("label", pa.string())]))), ("c", pa.int64())])),
                ("d", pa.string()),
            ])),
        "attributes": (lambda: pairs(["a", "b", "key", ""], text), pa.map_(pa.string(), pa.string())),
        "by_number": (lambda: pairs([-1, 0, 7, 1 << 33], number), pa.map_(pa.int64(), pa.int64())),
        "map_of_lists": (lambda: pairs(["k1", "k2"], lambda: some(point)),
                         pa.map_(pa.string(), pa.list_(pa.struct([("x", pa.int64()), ("label", pa.string())])))),
        "list_of_maps": (lambda: some(lambda: pairs(["m", "n"], number)), pa.list_(pa.map_(pa.string(), pa.int64()))),
        "struct_of_map": (lambda: {"m": pairs(["q"], text), "days": some(lambda: datetime.date(2026, 11, r.randint(1, 30)))},
                          pa.struct([("m", pa.map_(pa.string(), pa.string())), ("days", pa.list_(pa.date32()))])),
        "moments": (lambda: some(lambda: r.choice([None, 0, -1, 1700000000123])), pa.list_(pa.timestamp("ms"))),
    }
    arrays = [pa.array([make() for _ in range(ROWS)], t) for make, t in columns.values()]
    return pa.Table.from_arrays(arrays, names=list(columns))


def write(name, t, **options):
    settings = dict(version="2.6", row_group_size=40, data_page_size=256, write_batch_size=16, store_schema=False)
    pq.write_table(t, HERE / "pyarrow" / (name + ".parquet"), **(settings | options))


ENCODINGS = {
    "int32": ["PLAIN", "DELTA_BINARY_PACKED", "BYTE_STREAM_SPLIT"],
    "int64": ["PLAIN", "DELTA_BINARY_PACKED", "BYTE_STREAM_SPLIT"],
    "uint8": ["PLAIN", "DELTA_BINARY_PACKED", "BYTE_STREAM_SPLIT"],
    "uint64": ["PLAIN", "DELTA_BINARY_PACKED", "BYTE_STREAM_SPLIT"],
    "timestamp_ms": ["PLAIN", "DELTA_BINARY_PACKED", "BYTE_STREAM_SPLIT"],
    "float16": ["PLAIN", "BYTE_STREAM_SPLIT"],
    "float32": ["PLAIN", "BYTE_STREAM_SPLIT"],
    "float64": ["PLAIN", "BYTE_STREAM_SPLIT"],
    "decimal128": ["PLAIN", "BYTE_STREAM_SPLIT", "DELTA_BYTE_ARRAY"],
    "fixed": ["PLAIN", "BYTE_STREAM_SPLIT", "DELTA_BYTE_ARRAY"],
    "text": ["PLAIN", "DELTA_LENGTH_BYTE_ARRAY", "DELTA_BYTE_ARRAY"],
    "binary": ["PLAIN", "DELTA_LENGTH_BYTE_ARRAY", "DELTA_BYTE_ARRAY"],
    "bool": ["PLAIN", "RLE"],
}


def encodings(r, version):
    """A column for each type and encoding."""
    t = table(r, only=set(ENCODINGS))
    fields, arrays, how = [], [], {}
    for name, list_of in ENCODINGS.items():
        for e in list_of:
            column_name = name + "_" + e.lower()
            fields.append(pa.field(column_name, t.schema.field(name).type))
            arrays.append(t.column(name))
            how[column_name] = e
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields)), how


def main():
    (HERE / "pyarrow").mkdir(exist_ok=True)
    for old in (HERE / "pyarrow").iterdir():
        old.unlink()
    codecs = ["NONE", "snappy", "gzip", "brotli", "zstd", "lz4"]
    for i, (codec, page) in enumerate(itertools.product(codecs, ["1.0", "2.0"])):
        r = random.Random(i)
        name = "%s_v%s" % (codec.lower(), page[0])
        write("types_" + name, table(r), compression=codec, data_page_version=page, use_dictionary=i % 4 < 2,
              dictionary_pagesize_limit=200, write_page_checksum=i % 3 == 0)
        t, how = encodings(r, page)
        write("encodings_" + name, t, compression=codec, data_page_version=page, use_dictionary=False, column_encoding=how,
              write_page_checksum=i % 3 == 1)
        write("nested_" + name, nested(r), compression=codec, data_page_version=page, use_dictionary=i % 4 >= 2,
              write_page_checksum=i % 3 == 2)
    r = random.Random(99)
    write("int96", table(r, only={"timestamp_ms", "timestamp_us", "timestamp_ns"}), use_deprecated_int96_timestamps=True)
    write("empty", table(r).slice(0, 0))
    write("large_pages", pa.table({"n": pa.array(range(20000), pa.int64()), "t": pa.array(["text %d" % (i % 300) for i in range(20000)])}),
          row_group_size=20000, data_page_size=1 << 20, write_batch_size=20000, compression="zstd")


if __name__ == "__main__":
    main()

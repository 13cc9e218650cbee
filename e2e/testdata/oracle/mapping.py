"""The JSON mapping and the order of docs/format/types.md, from Arrow values. Written from that page, not from the Go code."""

import datetime
import decimal
import math
import re
import struct

import pyarrow as pa

EPOCH = datetime.date(1970, 1, 1)


PLAIN = re.compile(r'[^"\\\x00-\x1f]*')


def escape(text):
    if PLAIN.fullmatch(text):
        return '"%s"' % text
    out = ['"']
    for c in text:
        if c in '"\\':
            out.append("\\" + c)
        elif c == "\n":
            out.append("\\n")
        elif c == "\r":
            out.append("\\r")
        elif c == "\t":
            out.append("\\t")
        elif c < " ":
            out.append("\\u%04x" % ord(c))
        else:
            out.append(c)
    out.append('"')
    return "".join(out)


def shortest(value, single):
    """The fewest digits that read back, and the exponent of the first one."""
    if not single:
        d = decimal.Decimal(repr(abs(value))).normalize().as_tuple()
        return "".join(map(str, d.digits)), len(d.digits) - 1 + d.exponent
    for n in range(1, 10):
        text = "%.*e" % (n - 1, abs(value))
        if as_single(float(text)) == abs(value):
            digits, _, exponent = text.partition("e")
            return digits.replace(".", "").rstrip("0") or "0", int(exponent)
    raise ValueError(value)


def as_single(value):
    try:
        return struct.unpack(">f", struct.pack(">f", value))[0]
    except OverflowError:
        return math.inf


def number(value, single):
    if math.isnan(value):
        return '"NaN"'
    if math.isinf(value):
        return '"Infinity"' if value > 0 else '"-Infinity"'
    sign = "-" if math.copysign(1, value) < 0 else ""
    if value == 0:
        return sign + "0"
    digits, exponent = shortest(value, single)
    if abs(value) < 1e-6 or abs(value) >= 1e21:
        text = digits[0] + ("." + digits[1:] if len(digits) > 1 else "")
        return "%s%se%s%02d" % (sign, text, "-" if exponent < 0 else "+", abs(exponent))
    if exponent < 0:
        return sign + "0." + "0" * (-exponent - 1) + digits
    if len(digits) <= exponent + 1:
        return sign + digits + "0" * (exponent + 1 - len(digits))
    return sign + digits[: exponent + 1] + "." + digits[exponent + 1 :]


def fixed(value, scale):
    """A decimal with as many digits behind the point as its scale says."""
    sign, digits, exponent = value.as_tuple()
    assert exponent == -scale, (value, scale)
    text = "".join(map(str, digits)).rjust(scale + 1, "0")
    text = text if scale == 0 else text[:-scale] + "." + text[-scale:]
    return '"%s%s"' % ("-" if sign and int("".join(map(str, digits))) else "", text)


def date(days):
    # Python's dates end at year 9999 and begin at 1: go by periods of 400 years, which have 146,097 days.
    periods, rest = divmod(days + 719162, 146097)
    day = datetime.date.fromordinal(rest + 1)
    year = day.year + 400 * periods
    text = "%04d" % abs(year)
    if year < 0:
        text = "-" + text
    elif year > 9999:
        text = "+" + text
    return "%s-%02d-%02d" % (text, day.month, day.day)


def clock(nanos, digits):
    seconds, nanos = divmod(nanos, 10**9)
    return "%02d:%02d:%02d.%s" % (seconds // 3600, seconds // 60 % 60, seconds % 60, ("%09d" % nanos)[:digits])


PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}


def millis(scalar):
    """A timestamp's milliseconds, which must be whole."""
    value, rest = divmod(scalar.value * 1000, PER_SECOND[scalar.type.unit])
    assert rest == 0, scalar
    return value


def nanos(scalar):
    return scalar.value * 10**9 // PER_SECOND[scalar.type.unit]


def text(s):
    """One Arrow scalar as JSON text."""
    if not s.is_valid:
        return "null"
    if isinstance(s, pa.ExtensionScalar):
        if isinstance(s.type, pa.UuidType):
            h = s.value.as_py().hex()
            return '"%s-%s-%s-%s-%s"' % (h[:8], h[8:12], h[12:16], h[16:20], h[20:])
        s = s.value  # JSON
    t = s.type
    if pa.types.is_boolean(t):
        return "true" if s.as_py() else "false"
    if pa.types.is_integer(t):
        return str(s.as_py())
    if pa.types.is_float64(t):
        return number(s.as_py(), False)
    if pa.types.is_floating(t):
        return number(float(s.as_py()), True)
    if pa.types.is_decimal(t):
        return fixed(s.as_py(), t.scale)
    if pa.types.is_string(t) or pa.types.is_large_string(t):
        return escape(s.as_py())
    if pa.types.is_binary(t) or pa.types.is_large_binary(t) or pa.types.is_fixed_size_binary(t):
        return '"0x%s"' % s.as_py().hex()
    if pa.types.is_date(t):
        return '"%s"' % date(s.value)
    if pa.types.is_time(t):
        return '"%s"' % clock(nanos(s), 9)
    if pa.types.is_timestamp(t):
        days, rest = divmod(millis(s), 86_400_000)
        return '"%sT%sZ"' % (date(days), clock(rest * 10**6, 3))
    if pa.types.is_map(t):
        pairs = sorted(((e[t.key_field.name if t.key_field.name in e else "key"], e["value"]) for e in map(as_struct, s.values)), key=lambda p: rank(p[0]))
        if pa.types.is_string(t.key_type):
            return "{" + ",".join(text(k) + ":" + text(v) for k, v in pairs) + "}"
        return "[" + ",".join("[" + text(k) + "," + text(v) + "]" for k, v in pairs) + "]"
    if pa.types.is_list(t) or pa.types.is_large_list(t) or pa.types.is_fixed_size_list(t):
        return "[" + ",".join(text(e) for e in s.values) + "]"
    if pa.types.is_struct(t):
        return "{" + ",".join(escape(n) + ":" + text(v) for n, v in s.items()) + "}"
    raise TypeError(t)


def texts(column):
    """A column's values as JSON text; the same as text() of each, sooner."""
    if pa.types.is_integer(column.type):
        return ["null" if v is None else str(v) for v in column.to_pylist()]
    if pa.types.is_string(column.type):
        return ["null" if v is None else escape(v) for v in column.to_pylist()]
    return map(text, column)


def as_struct(s):
    return dict(s.items())


def rank(s):
    """Where a scalar stands in the order of its type."""
    if isinstance(s, pa.ExtensionScalar):
        if isinstance(s.type, pa.UuidType):
            b = s.value.as_py()
            version = b[6] >> 4
            time = (b[6:8].hex()[1:] + b[4:6].hex() + b[:4].hex()) if version == 1 else ""
            return (version, time, b)
        s = s.value
    t = s.type
    if pa.types.is_floating(t):
        v = float(s.as_py())
        if math.isnan(v):
            return (1, 0.0, 0)
        return (0, v, 0 if math.copysign(1, v) < 0 else 1)
    if pa.types.is_string(t):
        return s.as_py().encode()
    if pa.types.is_date(t) or pa.types.is_time(t) or pa.types.is_timestamp(t):
        return s.value
    return s.as_py()

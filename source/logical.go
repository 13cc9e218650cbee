package source

import (
	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/format"

	"github.com/verdigris-db/verdigris/cql"
)

// logicalKind is what a leaf's values mean.
type logicalKind uint8

const (
	logicalBool logicalKind = iota
	logicalInt
	logicalFloat16
	logicalFloat
	logicalDouble
	logicalDecimal
	logicalText
	logicalBytes
	logicalUUID
	logicalDate
	logicalTime
	logicalTimestamp
	logicalInt96
	logicalInterval
)

// logical is a leaf's meaning; the fields besides kind are set for the kinds that they name.
type logical struct {
	kind     logicalKind
	bits     int   // logicalInt: 8, 16, 32, 64
	unsigned bool  // logicalInt
	scale    int32 // logicalDecimal
	per      int64 // logicalTime, logicalTimestamp: units per second
}

// natural is the CQL type that the type table gives.
func (l logical) natural() cql.Type {
	switch l.kind {
	case logicalBool:
		return cql.Of(cql.Boolean)
	case logicalInt:
		return cql.Of(naturalInt(l.bits, l.unsigned))
	case logicalFloat16, logicalFloat:
		return cql.Of(cql.Float)
	case logicalDouble:
		return cql.Of(cql.Double)
	case logicalDecimal:
		return cql.Of(cql.Decimal)
	case logicalText:
		return cql.Of(cql.Text)
	case logicalUUID:
		return cql.Of(cql.UUID)
	case logicalDate:
		return cql.Of(cql.Date)
	case logicalTime:
		return cql.Of(cql.Time)
	case logicalTimestamp, logicalInt96:
		return cql.Of(cql.Timestamp)
	case logicalInterval:
		return cql.Type{}
	}
	return cql.Of(cql.Blob)
}

// naturalInt is the smallest CQL integer that holds all values of the Parquet integer; none below a varint holds a uint64.
func naturalInt(bits int, unsigned bool) cql.Kind {
	if unsigned {
		bits++
	}
	switch {
	case bits <= 8:
		return cql.TinyInt
	case bits <= 16:
		return cql.SmallInt
	case bits <= 32:
		return cql.Int
	case bits <= 64:
		return cql.BigInt
	}
	return cql.VarInt
}

// logicalOf reads a leaf's annotation; one that does not fit the physical type is an error.
func logicalOf(n *node) (logical, error) {
	if n.element.LogicalType.Value != nil {
		if l, ok := fromLogical(n); ok {
			return l, nil
		}
		return logical{}, unsupported("annotation %s on physical type %s", n.annotation(), n.leaf.Physical)
	}
	if n.element.ConvertedType.Valid {
		if l, ok := fromConverted(n); ok {
			return l, nil
		}
		return logical{}, unsupported("annotation %s on physical type %s", n.annotation(), n.leaf.Physical)
	}
	return fromPhysical(n.leaf.Physical), nil
}

func fromPhysical(p format.Type) logical {
	switch p {
	case format.Boolean:
		return logical{kind: logicalBool}
	case format.Int32:
		return logical{kind: logicalInt, bits: 32}
	case format.Int64:
		return logical{kind: logicalInt, bits: 64}
	case format.Int96:
		return logical{kind: logicalInt96}
	case format.Float:
		return logical{kind: logicalFloat}
	case format.Double:
		return logical{kind: logicalDouble}
	}
	return logical{kind: logicalBytes}
}

func fromLogical(n *node) (l logical, ok bool) {
	physical := n.leaf.Physical
	switch t := n.element.LogicalType.Value.(type) {
	case *format.StringType, *format.EnumType, *format.JsonType:
		return logical{kind: logicalText}, physical == format.ByteArray
	case *format.BsonType, *format.GeometryType, *format.GeographyType:
		return logical{kind: logicalBytes}, physical == format.ByteArray
	case *format.UUIDType:
		return logical{kind: logicalUUID}, physical == format.FixedLenByteArray && n.leaf.Width == 16
	case *format.Float16Type:
		return logical{kind: logicalFloat16}, physical == format.FixedLenByteArray && n.leaf.Width == 2
	case *format.DateType:
		return logical{kind: logicalDate}, physical == format.Int32
	case *format.IntType:
		return intOf(int(t.BitWidth), !t.IsSigned, physical)
	case *format.DecimalType:
		return decimalOf(t.Scale, physical)
	case *format.TimeType:
		l = logical{kind: logicalTime, per: unitsPerSecond(t.Unit)}
		return l, l.per == 1000 && physical == format.Int32 || l.per > 1000 && physical == format.Int64
	case *format.TimestampType:
		l = logical{kind: logicalTimestamp, per: unitsPerSecond(t.Unit)}
		return l, l.per > 0 && physical == format.Int64
	case *format.NullType: // every value is null; the physical type only gives them a place
		return fromPhysical(physical), true
	}
	return logical{}, false
}

func unitsPerSecond(u format.TimeUnit) int64 {
	switch u.Value.(type) {
	case *format.MilliSeconds:
		return 1000
	case *format.MicroSeconds:
		return 1_000_000
	case *format.NanoSeconds:
		return 1_000_000_000
	}
	return 0
}

func intOf(bits int, unsigned bool, physical format.Type) (logical, bool) {
	l := logical{kind: logicalInt, bits: bits, unsigned: unsigned}
	switch bits {
	case 8, 16, 32:
		return l, physical == format.Int32
	case 64:
		return l, physical == format.Int64
	}
	return l, false
}

// maxDecimalScale is far beyond any writer's; it keeps a damaged scale out of the cells.
const maxDecimalScale = 4096

func decimalOf(scale int32, physical format.Type) (logical, bool) {
	l := logical{kind: logicalDecimal, scale: scale}
	switch physical {
	case format.Int32, format.Int64, format.ByteArray, format.FixedLenByteArray:
		return l, scale >= 0 && scale <= maxDecimalScale
	}
	return l, false
}

func fromConverted(n *node) (l logical, ok bool) {
	physical := n.leaf.Physical
	switch t := n.element.ConvertedType.V; t {
	case deprecated.UTF8, deprecated.Enum, deprecated.Json:
		return logical{kind: logicalText}, physical == format.ByteArray
	case deprecated.Bson:
		return logical{kind: logicalBytes}, physical == format.ByteArray
	case deprecated.Decimal:
		return decimalOf(n.element.Scale.V, physical)
	case deprecated.Date:
		return logical{kind: logicalDate}, physical == format.Int32
	case deprecated.TimeMillis:
		return logical{kind: logicalTime, per: 1000}, physical == format.Int32
	case deprecated.TimeMicros:
		return logical{kind: logicalTime, per: 1_000_000}, physical == format.Int64
	case deprecated.TimestampMillis:
		return logical{kind: logicalTimestamp, per: 1000}, physical == format.Int64
	case deprecated.TimestampMicros:
		return logical{kind: logicalTimestamp, per: 1_000_000}, physical == format.Int64
	case deprecated.Uint8, deprecated.Uint16, deprecated.Uint32, deprecated.Uint64:
		return intOf(8<<(t-deprecated.Uint8), true, physical)
	case deprecated.Int8, deprecated.Int16, deprecated.Int32, deprecated.Int64:
		return intOf(8<<(t-deprecated.Int8), false, physical)
	case deprecated.Interval:
		return logical{kind: logicalInterval}, physical == format.FixedLenByteArray && n.leaf.Width == 12
	}
	return logical{}, false
}

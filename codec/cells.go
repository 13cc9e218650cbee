package codec

import (
	"github.com/verdigris-db/verdigris/codec/phrase"
	"github.com/verdigris-db/verdigris/cql"
	"github.com/verdigris-db/verdigris/row"
)

// cellsMethod packs each row by itself, by the plans of its columns.
type cellsMethod struct {
	plans       []plan
	fieldBytes  int // bytes of flag and fields
	lastLiteral int // the column whose text has no length before it; -1 for none
	steps       []step
	fixedMax    int // bytes of the longest cells of all columns, texts left out
	phrases     *phrase.Table
	matcher     *phrase.Matcher
}

func trainCells(s *cql.Schema, rows []row.Row) ([]byte, error) {
	plans, phrases, err := learnPlans(s, rows)
	if err != nil {
		return nil, err
	}
	return appendPlans(nil, plans, phrases), nil
}

func openCells(s *cql.Schema, body []byte) (*cellsMethod, error) {
	plans, phrases, err := readPlans(body, s.Cells())
	if err != nil {
		return nil, err
	}
	m := &cellsMethod{plans: plans, phrases: phrases, matcher: phrase.NewMatcher(phrases), lastLiteral: -1}
	m.fieldBytes = layout(plans)
	for i := range plans {
		plans[i].prepare()
	}
	for i := range plans {
		if plans[i].literal() {
			m.lastLiteral = i
		}
	}
	m.steps, m.fixedMax = steps(plans, m.lastLiteral)
	return m, nil
}

func (m *cellsMethod) newEncoder() Encoder { return newPacker(m) }
func (m *cellsMethod) newDecoder() Decoder { return newUnpacker(m) }
func (m *cellsMethod) blocks() bool        { return false }

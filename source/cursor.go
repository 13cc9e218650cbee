package source

import (
	"errors"
	"io"
)

// cursor walks the entries of a leaf below a list, map or struct, over the borders of pages.
type cursor struct {
	name   string // of the column
	leaf   *leafColumn
	reader leafReader
	page   *leafPage
	at     int // the current entry of page
	value  int // the value of the current entry, if it has one
	over   bool
}

// load makes the next entry current after a page's last one; over is true when there is none.
func (c *cursor) load() error {
	for !c.over && (c.page == nil || c.at == c.page.Entries) {
		p, err := c.reader.Next()
		if errors.Is(err, io.EOF) {
			c.over, c.page = true, nil
			return nil
		}
		if err != nil {
			return err
		}
		c.page, c.at, c.value = p, 0, 0
	}
	return nil
}

// def is the current entry's definition level.
func (c *cursor) def() uint8 {
	if c.leaf.MaxDef == 0 {
		return 0
	}
	return c.page.Def[c.at]
}

// rep is the current entry's repetition level; behind the last entry it is 0, as at any row's start.
func (c *cursor) rep() uint8 {
	if c.over || c.leaf.MaxRep == 0 {
		return 0
	}
	return c.page.Rep[c.at]
}

// physical is where the current entry's value is; only for entries with the largest definition level.
func (c *cursor) physical() (*values, int) {
	if c.page.Dict != nil {
		return c.page.Dict, int(c.page.Index[c.value])
	}
	return &c.page.Plain, c.value
}

// step moves behind the current entry.
func (c *cursor) step() error {
	if c.def() == c.leaf.MaxDef {
		c.value++
	}
	c.at++
	return c.load()
}

// ended checks that no entry is left.
func (c *cursor) ended() error {
	if err := c.load(); err != nil {
		return err
	}
	if !c.over {
		return damaged("the column has more values than the row group's rows")
	}
	return nil
}

package store

import (
	"context"
	"errors"
	"net"
	"sync"
)

// connections are those that a client has open, so that Close can close them: the SDK's client has no way to.
type connections struct {
	mu   sync.Mutex
	open map[*connection]struct{} // nil once closed
}

func newConnections() *connections { return &connections{open: map[*connection]struct{}{}} }

// dial is the type of http.Transport's DialContext.
type dial = func(ctx context.Context, network, address string) (net.Conn, error)

// wrap keeps an eye on what inner opens.
func (c *connections) wrap(inner dial) dial {
	if inner == nil {
		inner = new(net.Dialer).DialContext
	}
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := inner(ctx, network, address)
		if err != nil {
			return nil, err
		}
		watched := &connection{Conn: conn, of: c}
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.open == nil {
			return nil, errors.Join(net.ErrClosed, conn.Close())
		}
		c.open[watched] = struct{}{}
		return watched, nil
	}
}

// close closes all, and what is still being dialled as soon as it is there.
func (c *connections) close() {
	c.mu.Lock()
	open := c.open
	c.open = nil
	c.mu.Unlock()
	for conn := range open {
		conn.Conn.Close() // nobody is left who waits for an answer
	}
}

// connection leaves the set when it is closed.
type connection struct {
	net.Conn
	of *connections
}

// Close closes the connection.
func (c *connection) Close() error {
	c.of.mu.Lock()
	delete(c.of.open, c)
	c.of.mu.Unlock()
	return c.Conn.Close()
}

package store_test

import (
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/verdigris-db/verdigris/store"
)

// TestS3Silence talks to a server that says nothing, or stops in the middle of a reply: a call must end, and be worth
// another try.
func TestS3Silence(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "key")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	const half = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\nETag: \"x\"\r\nLast-Modified: Mon, 23 Nov 2026 00:00:00 GMT\r\n\r\nhalf"
	for _, answer := range []string{"", half} {
		s, err := store.OpenS3Patient(t.Context(), "s3://b?use_path_style=true&region=r&endpoint=http://"+silentServer(t, answer), 50*time.Millisecond)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		r, err := s.Read(t.Context(), "a", 0, -1)
		if answer != "" {
			if err != nil {
				t.Fatal(err)
			}
			var data []byte
			if data, err = io.ReadAll(r); string(data) != "half" {
				t.Errorf("read %q", data)
			}
			if e := r.Close(); e != nil {
				t.Error(e)
			}
		}
		if !store.IsTransient(err) {
			t.Errorf("reading, after %d bytes: %v", len(answer), err)
		}
		if answer == "" {
			if err := s.Write(t.Context(), "a", store.Bytes(content(1<<20)), store.CreateOnly); !store.IsTransient(err) {
				t.Errorf("writing: %v", err)
			}
		}
	}
}

// silentServer accepts connections, says answer once something has come, and then nothing more.
func silentServer(t *testing.T, answer string) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var open []net.Conn
	var serving sync.WaitGroup
	t.Cleanup(func() {
		l.Close()
		mu.Lock()
		for _, conn := range open {
			conn.Close()
		}
		mu.Unlock()
		serving.Wait()
	})
	serving.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return // closed
			}
			mu.Lock()
			open = append(open, conn)
			mu.Unlock()
			serving.Go(func() {
				_, _ = conn.Read(make([]byte, 4096))
				_, _ = io.WriteString(conn, answer)
			})
		}
	})
	return l.Addr().String()
}

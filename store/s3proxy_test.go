package store_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// harm is what a proxy does to one exchange.
type harm string

const (
	damageRequest harm = "damage the request's body"
	damageReply   harm = "damage the reply's body"
	cutReply      harm = "cut the reply's body in the middle"
	dropRequest   harm = "drop the connection, nothing done"
	dropReply     harm = "drop the connection when it is done"
	slowDown      harm = "answer 503 SlowDown"
	conflict      harm = "answer 409 ConditionalRequestConflict"
)

// proxy stands between a store and the gateway and harms the next exchanges that match.
type proxy struct {
	endpoint string
	mu       sync.Mutex
	harm     harm
	match    func(*http.Request) bool
	left     int // exchanges to harm still
	harmed   int
}

// startProxy passes everything on to the gateway, with the Host that the client has signed.
func startProxy(t *testing.T, gateway string) *proxy {
	t.Helper()
	target, err := url.Parse(gateway)
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{}
	transport := &http.Transport{}
	pass := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host, r.Out.Host = "http", target.Host, r.In.Host
		},
		Transport: transport,
		ErrorLog:  nil,
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if h := p.next(r); h != "" {
			p.spoil(w, r, h, pass)
			return
		}
		pass.ServeHTTP(w, r)
	}))
	t.Cleanup(transport.CloseIdleConnections)
	t.Cleanup(server.Close)
	p.endpoint = server.URL
	return p
}

// arm harms the next times exchanges that match.
func (p *proxy) arm(h harm, times int, match func(*http.Request) bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.harm, p.left, p.match, p.harmed = h, times, match, 0
}

// next is the harm for this exchange.
func (p *proxy) next(r *http.Request) harm {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.left == 0 || !p.match(r) {
		return ""
	}
	p.left--
	p.harmed++
	return p.harm
}

// count is how many exchanges were harmed since arm.
func (p *proxy) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.harmed
}

// spoil does one harm.
func (p *proxy) spoil(w http.ResponseWriter, r *http.Request, h harm, pass http.Handler) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if h == damageRequest && len(body) > 0 {
		body[len(body)/2] ^= 1
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	switch h {
	case dropRequest:
		panic(http.ErrAbortHandler)
	case slowDown:
		refuse(w, http.StatusServiceUnavailable, "SlowDown")
		return
	case conflict:
		refuse(w, http.StatusConflict, "ConditionalRequestConflict")
		return
	}
	reply := httptest.NewRecorder()
	pass.ServeHTTP(reply, r)
	if h == dropReply {
		panic(http.ErrAbortHandler)
	}
	data := reply.Body.Bytes()
	for key, values := range reply.Header() {
		w.Header()[key] = values
	}
	if h == damageReply && len(data) > 0 {
		data[len(data)/2] ^= 1
	}
	w.WriteHeader(reply.Code)
	if h == cutReply {
		_, _ = w.Write(data[:len(data)/2])
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
	_, _ = w.Write(data) // the client may be gone
}

// refuse answers as S3 does.
func refuse(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	fmt.Fprintf(w, "<Error><Code>%s</Code><Message>try again</Message></Error>", code)
}

// through is the address of a bucket at the proxy.
func (p *proxy) through(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		panic(err)
	}
	q := u.Query()
	q.Set("endpoint", p.endpoint)
	u.RawQuery = q.Encode()
	return u.String()
}

// The requests that S3 knows.
func isGet(r *http.Request) bool { return r.Method == http.MethodGet }
func isPut(r *http.Request) bool {
	return r.Method == http.MethodPut && !r.URL.Query().Has("partNumber")
}
func isPart(r *http.Request) bool {
	return r.Method == http.MethodPut && r.URL.Query().Has("partNumber")
}
func isComplete(r *http.Request) bool {
	return r.Method == http.MethodPost && strings.Contains(r.URL.RawQuery, "uploadId=")
}

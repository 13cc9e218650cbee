// Gateway serves a folder as an S3 bucket store on a loopback port, for tests and demonstrations. It is a module of its
// own so that the gateway's many dependencies stay out of the product.
//
//	go run . [-port N] [-folder DIR]
//
// It prints one line, the endpoint's URL, when it is ready, and ends when its standard input closes: a parent holds the
// other end of a pipe, so the gateway ends with its parent however that ends. Without -folder it uses a temporary one and
// removes it at the end. The one account has the credentials in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/versity/versitygw/backend/meta"
	"github.com/versity/versitygw/backend/posix"
	"github.com/versity/versitygw/embedgw"
)

const healthPath = "/_healthy" // no bucket may be named so

func main() {
	port := flag.Int("port", 0, "loopback `port` to serve on; 0 picks a free one")
	folder := flag.String("folder", "", "existing `folder` for buckets and objects; empty for a temporary one")
	flag.Parse()
	if err := run(*port, *folder); err != nil {
		fmt.Fprintln(os.Stderr, "gateway:", err)
		os.Exit(1)
	}
}

// run serves until standard input closes or a signal comes.
func run(port int, folder string) (err error) {
	access, secret := os.Getenv("AWS_ACCESS_KEY_ID"), os.Getenv("AWS_SECRET_ACCESS_KEY")
	if access == "" || secret == "" {
		return errors.New("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must be set: they are the account that may come in")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // ends when the parent closes the pipe, or dies
		stop()
	}()
	temporary, err := os.MkdirTemp("", "verdigris-gateway-")
	if err != nil {
		return fmt.Errorf("making a temporary folder: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temporary)) }()
	if folder == "" {
		folder = filepath.Join(temporary, "buckets")
		if err := os.Mkdir(folder, 0o777); err != nil {
			return fmt.Errorf("making the folder for buckets: %w", err)
		}
	}
	backend, err := openBackend(folder, temporary)
	if err != nil {
		return fmt.Errorf("opening folder %q: %w", folder, err)
	}
	address, err := freeAddress(port)
	if err != nil {
		return fmt.Errorf("finding a free port: %w", err)
	}
	ready := os.Stdout
	os.Stdout = os.Stderr // the library prints notes of its own
	served := make(chan error, 1)
	go func() {
		served <- embedgw.RunVersityGW(ctx, backend, &embedgw.Config{
			RootUserAccess: access, RootUserSecret: secret, Ports: []string{address}, HealthPath: healthPath,
			Quiet: true, KeepAlive: true, MaxConnections: 1000, MaxRequests: 1000, MultipartMaxParts: 10000,
		})
	}()
	if err := waitReady(ctx, "http://"+address+healthPath, served); err != nil {
		return err
	}
	if _, err := fmt.Fprintln(ready, "http://"+address); err != nil {
		return fmt.Errorf("telling the endpoint: %w", err)
	}
	return <-served
}

// openBackend keeps object metadata in extended attributes, or in files beside where the file system has none.
func openBackend(folder, temporary string) (*posix.Posix, error) {
	attributes := meta.XattrMeta{}
	if err := attributes.Test(folder); err == nil {
		return posix.New(folder, attributes, posix.PosixOpts{})
	}
	sidecar := filepath.Join(temporary, "sidecar")
	if err := os.Mkdir(sidecar, 0o777); err != nil {
		return nil, err
	}
	files, err := meta.NewSideCar(sidecar)
	if err != nil {
		return nil, err
	}
	return posix.New(folder, files, posix.PosixOpts{SideCarDir: sidecar})
}

// freeAddress is a loopback address with this port, or with a free one if port is 0.
func freeAddress(port int) (string, error) {
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// waitReady polls the health page until it answers.
func waitReady(ctx context.Context, url string, served <-chan error) error {
	for wait := time.Millisecond; ; wait = min(2*wait, 100*time.Millisecond) {
		response, err := http.Get(url)
		if err == nil {
			if err := response.Body.Close(); err != nil {
				return err
			}
			if response.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case err := <-served:
			return fmt.Errorf("starting to serve: %w", err)
		case <-ctx.Done():
			return fmt.Errorf("waiting to serve: %w", ctx.Err())
		case <-time.After(wait):
		}
	}
}

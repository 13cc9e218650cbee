package s3test_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/verdigris-db/verdigris/internal/testkit/s3test"
)

func TestServersAreApart(t *testing.T) {
	one, other := s3test.Start(t), s3test.Start(t)
	for _, s := range []*s3test.Server{one, other} {
		bucket, key := "shared-name", "key"
		if address := s.URL(bucket + "/some prefix"); !strings.HasPrefix(address, "s3://shared-name/some%20prefix?") || s.URL(bucket) == address {
			t.Errorf("address %q", address)
		}
		list, err := s.Client().ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: &bucket})
		if err != nil || len(list.Contents) != 0 {
			t.Fatalf("a new server has %v (%v)", list, err)
		}
		if _, err := s.Client().PutObject(t.Context(), &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: strings.NewReader("x")}); err != nil {
			t.Fatal(err)
		}
		upload, err := s.Client().CreateMultipartUpload(t.Context(), &s3.CreateMultipartUploadInput{Bucket: &bucket, Key: &key})
		if err != nil {
			t.Fatal(err)
		}
		if got := s.Uploads(bucket); len(got) != 1 || got[0] != key {
			t.Errorf("uploads %q, want %q of %s", got, key, *upload.UploadId)
		}
	}
}

// TestGatewayEndsWithItsParent kills a process that has started a server.
func TestGatewayEndsWithItsParent(t *testing.T) {
	if os.Getenv("S3TEST_CHILD") != "" {
		fmt.Println(s3test.Start(t).Endpoint)
		select {}
	}
	child := exec.Command(os.Args[0], "-test.run=^TestGatewayEndsWithItsParent$")
	child.Env = append(os.Environ(), "S3TEST_CHILD=1")
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	endpoint := strings.TrimSpace(line)
	response, err := http.Get(endpoint)
	if err != nil {
		t.Fatal(err)
	}
	if err := response.Body.Close(); err != nil {
		t.Fatal(err)
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := child.Wait(); err == nil {
		t.Fatal("the child ended well")
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", strings.TrimPrefix(endpoint, "http://"))
		if errors.Is(err, syscall.ECONNREFUSED) {
			return
		}
		if err != nil {
			t.Fatalf("the gateway outlives its parent: %v", err)
		}
		end, _ := ctx.Deadline()
		err = conn.SetDeadline(end)
		_, _ = conn.Read(make([]byte, 1)) // until the gateway, which ends, closes it
		if err := errors.Join(err, conn.Close()); err != nil {
			t.Fatal(err)
		}
	}
}

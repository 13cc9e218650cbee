package s3test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// The one account of the gateway, on loopback only, and the region that it signs with.
const (
	accessKey = "testkey"
	secretKey = "testsecret"
	region    = "us-east-1"
)

// Server is a running gateway.
type Server struct {
	Endpoint string // such as http://127.0.0.1:40123

	tb      testing.TB
	process *exec.Cmd
	stdin   io.Closer // closing it ends the process
	errors  bytes.Buffer
	mu      sync.Mutex
	buckets map[string]bool
}

// Start starts an empty gateway and sets what an S3 client takes from the environment: credentials, region, and nothing
// from the user's own files. The test must not be parallel.
func Start(tb testing.TB) *Server {
	tb.Helper()
	for name, value := range map[string]string{
		"AWS_ACCESS_KEY_ID": accessKey, "AWS_SECRET_ACCESS_KEY": secretKey, "AWS_SESSION_TOKEN": "", "AWS_REGION": region,
		"AWS_PROFILE": "", "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
		"AWS_EC2_METADATA_DISABLED": "true", "AWS_ENDPOINT_URL": "", "AWS_ENDPOINT_URL_S3": "", "AWS_CA_BUNDLE": "",
	} {
		tb.Setenv(name, value)
	}
	s := &Server{tb: tb, buckets: map[string]bool{}}
	if err := s.start(); err != nil {
		tb.Fatalf("starting the S3 gateway: %v", err)
	}
	tb.Cleanup(s.stop)
	return s
}

// start runs the program and waits for the line that tells the endpoint.
func (s *Server) start() error {
	return withProgram(func(program string) error {
		s.process = exec.Command(program)
		s.process.Stderr = &s.errors
		stdin, err := s.process.StdinPipe()
		if err != nil {
			return err
		}
		s.stdin = stdin
		stdout, err := s.process.StdoutPipe()
		if err != nil {
			return err
		}
		if err := s.process.Start(); err != nil {
			return err
		}
		line, err := bufio.NewReader(stdout).ReadString('\n')
		if err != nil {
			err = errors.Join(fmt.Errorf("waiting for the endpoint: %w", err), s.stdin.Close(), s.process.Wait())
			return fmt.Errorf("%w: %s", err, s.errors.String())
		}
		s.Endpoint = strings.TrimSpace(line)
		return nil
	})
}

// stop ends the process and fails the test if it ends badly.
func (s *Server) stop() {
	err := errors.Join(s.stdin.Close(), s.process.Wait())
	if err != nil {
		s.tb.Errorf("stopping the S3 gateway: %v: %s", err, s.errors.String())
	}
}

// URL is the address of a bucket, or of a prefix in it as in "bucket/prefix", for store.Open. The bucket is made if it
// does not exist.
func (s *Server) URL(bucket string) string {
	s.tb.Helper()
	name, _, _ := strings.Cut(bucket, "/")
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.buckets[name] {
		_, err := s.Client().CreateBucket(context.Background(), &s3.CreateBucketInput{Bucket: &name})
		var exists *types.BucketAlreadyOwnedByYou
		if err != nil && !errors.As(err, &exists) {
			s.tb.Fatalf("making bucket %q: %v", name, err)
		}
		s.buckets[name] = true
	}
	parameters := url.Values{"endpoint": {s.Endpoint}, "use_path_style": {"true"}, "region": {region}}
	_, prefix, _ := strings.Cut(bucket, "/")
	return (&url.URL{Scheme: "s3", Host: name, Path: "/" + prefix, RawQuery: parameters.Encode()}).String()
}

// Client is a plain client, to look behind the store: at uploads under way, metadata, foreign objects.
func (s *Server) Client() *s3.Client {
	s.tb.Helper()
	c, err := config.LoadDefaultConfig(context.Background(), config.WithRegion(region))
	if err != nil {
		s.tb.Fatalf("configuring an S3 client: %v", err)
	}
	return s3.NewFromConfig(c, func(o *s3.Options) {
		o.BaseEndpoint = aws.String(s.Endpoint)
		o.UsePathStyle = true
	})
}

// Uploads are the names of the objects whose upload in parts is neither completed nor aborted.
func (s *Server) Uploads(bucket string) []string {
	s.tb.Helper()
	out, err := s.Client().ListMultipartUploads(context.Background(), &s3.ListMultipartUploadsInput{Bucket: &bucket})
	if err != nil {
		s.tb.Fatalf("listing the uploads of bucket %q: %v", bucket, err)
	}
	names := []string{}
	for _, u := range out.Uploads {
		names = append(names, aws.ToString(u.Key))
	}
	return names
}

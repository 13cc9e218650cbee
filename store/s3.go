package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"gocloud.dev/blob"
	"gocloud.dev/blob/s3blob"
)

// Bounds of S3 that the rest of the package keeps to.
const (
	maxKey     = 1024            // bytes of a key, which is the store's prefix and an object's name
	silence    = 2 * time.Minute // a connection that gives no byte for so long is taken for broken
	homeRegion = "us-east-1"     // for endpoints that are not AWS, whose region is only a word in the signature
)

// s3Bucket is the kind of a bucket in S3 or a service like it.
type s3Bucket struct {
	client      *s3.Client
	silence     time.Duration
	checksums   aws.RequestChecksumCalculation
	connections *connections
}

// openS3 opens s3://bucket/prefix with gocloud's parameters. It sends nothing.
func openS3(ctx context.Context, u *url.URL) (Store, error) { return openS3Patient(ctx, u, silence) }

// openS3Patient is openS3 with another bound for silent connections.
func openS3Patient(ctx context.Context, u *url.URL, silence time.Duration) (Store, error) {
	shown := &url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}
	refuse := func(err error) (Store, error) { return nil, fmt.Errorf("opening store %q: %w", shown, err) }
	if u.User != nil || u.Fragment != "" {
		return refuse(errors.New("an S3 address holds neither credentials, which come from the environment, nor #"))
	}
	prefix := strings.Trim(u.Path, "/")
	if prefix != "" {
		if err := ValidateName(prefix); err != nil {
			return refuse(err)
		}
		prefix += "/"
	}
	if len(prefix)+MaxName > maxKey {
		return refuse(fmt.Errorf("%w: the prefix has more than %d bytes", ErrName, maxKey-MaxName-1))
	}
	var opener s3blob.URLOpener
	first, err := opener.OpenBucketURL(ctx, u)
	if err != nil {
		return refuse(err)
	}
	kind := &s3Bucket{silence: silence, checksums: opener.Options.RequestChecksumCalculation, connections: newConnections()}
	if !first.As(&kind.client) {
		return refuse(errors.New("gocloud gives no client"))
	}
	kind.client = s3.New(kind.client.Options(), kind.tune)
	if kind.client.Options().Region == "" {
		if u.Query().Get("endpoint") == "" {
			return refuse(errors.New("no region: add ?region=.. to the address or set AWS_REGION"))
		}
		kind.client = s3.New(kind.client.Options(), func(o *s3.Options) { o.Region = homeRegion })
	}
	blobs, err := s3blob.OpenBucket(ctx, kind.client, u.Host, &opener.Options)
	if err != nil {
		return refuse(err)
	}
	if prefix != "" {
		blobs = blob.PrefixedBucket(blobs, prefix)
	}
	return &bucket{blobs: blobs, kind: kind, url: shown.String()}, nil
}

// tune makes the client one that neither waits for ever, nor tries again by itself (a create that succeeded without a
// reply would come back as lost), nor prints.
func (k *s3Bucket) tune(o *s3.Options) {
	o.RetryMaxAttempts = 1
	o.DisableLogOutputChecksumValidationSkipped = true
	if client, ok := o.HTTPClient.(*awshttp.BuildableClient); ok {
		o.HTTPClient = client.WithReadTimeout(k.silence).WithTransportOptions(func(t *http.Transport) {
			t.DialContext = k.connections.wrap(t.DialContext)
		})
	}
}

// open sends If-Match along.
func (k *s3Bucket) open(ctx context.Context, blobs *blob.Bucket, name string, offset, length int64, wanted string) (*blob.Reader, string, error) {
	options := &blob.ReaderOptions{BeforeRead: func(as func(any) bool) error {
		var in *s3.GetObjectInput
		if !as(&in) {
			return errors.New("gocloud gives no request to add a condition to")
		}
		if wanted != "" {
			in.IfMatch = &wanted
		}
		return nil
	}}
	r, err := blobs.NewRangeReader(ctx, name, offset, length, options)
	if err != nil {
		return nil, "", err
	}
	var out s3.GetObjectOutput
	if !r.As(&out) {
		return nil, "", errors.Join(errors.New("gocloud gives no reply to read the ETag from"), r.Close())
	}
	return r, aws.ToString(out.ETag), nil
}

// listed is the ETag that the list has.
func (k *s3Bucket) listed(o *blob.ListObject) string {
	var object types.Object
	if !o.As(&object) {
		return ""
	}
	return aws.ToString(object.ETag)
}

// costly is so for all that goes up in parts. What is smaller waits for the service's word before it is sent.
func (k *s3Bucket) costly(size int64) bool { return size >= partSize(size) }

// close closes the client's connections.
func (k *s3Bucket) close() { k.connections.close() }

// upload sends source in one piece or in parts.
func (k *s3Bucket) upload(ctx context.Context, blobs *blob.Bucket, name string, source io.Reader, size int64, options *blob.WriterOptions) error {
	u := &upload{Client: k.client}
	options.BeforeWrite = func(as func(any) bool) error { return u.install(as, size, k.checksums) }
	if err := blobs.Upload(ctx, name, source, options); err != nil {
		return err
	}
	return u.failed
}

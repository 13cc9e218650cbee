package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/feature/s3/transfermanager"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
)

// How large objects go to S3.
const (
	minPart       = 8 << 20          // bytes of a part; smaller objects go in one piece
	maxParts      = 10_000           // of one object, a limit of S3
	parallelParts = 4                // parts of one object on their way at once
	partTries     = 4                // of one part of an upload
	abortTimeout  = 30 * time.Second // to remove the parts of a failed upload, also after the caller's context has ended
)

const noSuchUpload = "NoSuchUpload" // an error code of S3

// partSize is the size in bytes of the parts in which an object of this size goes up: 8 MiB, or whole MiB so that no more
// than 10,000 are needed.
func partSize(size int64) int64 {
	const unit = maxParts << 20
	return max(minPart, (size+unit-1)/unit<<20)
}

// UploadBytes bounds the memory of one Write to S3 whose body has at most size bytes, the body itself not counted:
//
//	twice the size                      below 8 MiB
//	(parallel parts 4 + 3) x part size  else, where the part size is 8 MiB for objects of up to 80,000 MiB
//
// The three parts on top are one that is being filled and the first part, which is read before it is known that more
// will come and is held twice for a moment.
func UploadBytes(size int64) int64 {
	if part := partSize(size); size >= part {
		return (parallelParts + 3) * part
	}
	return 2 * size
}

// upload is the client of one upload. It tries parts again, since a part may be sent twice without harm, and sees to it
// that a failed completion leaves no parts and is told to nobody but the caller: the SDK would print it, and a create that
// another writer won is no failure of the program.
type upload struct {
	*s3.Client
	failed error // of the completion
}

var _ transfermanager.S3APIClient = (*upload)(nil)

// install puts u in the place of the client that gocloud has made for this upload.
func (u *upload) install(as func(any) bool, size int64, checksums aws.RequestChecksumCalculation) error {
	var manager *transfermanager.Client
	if !as(&manager) {
		return errors.New("gocloud gives no transfer manager")
	}
	part := partSize(size)
	*manager = *transfermanager.New(u, func(o *transfermanager.Options) {
		o.PartSizeBytes, o.MultipartUploadThreshold = part, part
		o.Concurrency = parallelParts
		o.FailTimeout = abortTimeout
		o.RequestChecksumCalculation = checksums
	})
	return nil
}

// again lets the SDK try a request again that may be repeated without harm, after all failures that pass.
func again(o *s3.Options) {
	o.Retryer = retry.NewStandard(func(r *retry.StandardOptions) {
		r.MaxAttempts = partTries
		r.Retryables = append(r.Retryables, retry.IsErrorRetryableFunc(func(err error) aws.Ternary {
			_, transient := explain(err)
			return aws.BoolTernary(transient && !isUploadGone(err))
		}))
	})
}

// isUploadGone reports whether the service says that there is no such upload, as after its completion.
func isUploadGone(err error) bool {
	var api smithy.APIError
	return errors.As(err, &api) && api.ErrorCode() == noSuchUpload
}

// UploadPart tries again.
func (u *upload) UploadPart(ctx context.Context, in *s3.UploadPartInput, options ...func(*s3.Options)) (*s3.UploadPartOutput, error) {
	return u.Client.UploadPart(ctx, in, append(options, again)...)
}

// AbortMultipartUpload tries again, and is content if there is nothing to abort.
func (u *upload) AbortMultipartUpload(ctx context.Context, in *s3.AbortMultipartUploadInput, options ...func(*s3.Options)) (*s3.AbortMultipartUploadOutput, error) {
	out, err := u.Client.AbortMultipartUpload(ctx, in, append(options, again)...)
	if isUploadGone(err) {
		return &s3.AbortMultipartUploadOutput{}, nil
	}
	return out, err
}

// CompleteMultipartUpload keeps a failure in u and removes the parts. Where the reply was lost and the object is there
// after all, there are none left to remove.
func (u *upload) CompleteMultipartUpload(ctx context.Context, in *s3.CompleteMultipartUploadInput, options ...func(*s3.Options)) (*s3.CompleteMultipartUploadOutput, error) {
	out, err := u.Client.CompleteMultipartUpload(ctx, in, options...)
	if err == nil {
		return out, nil
	}
	u.failed = err
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), abortTimeout)
	defer cancel()
	_, err = u.AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{Bucket: in.Bucket, Key: in.Key, UploadId: in.UploadId})
	if err != nil {
		u.failed = errors.Join(u.failed, fmt.Errorf("removing the parts of upload %q: %w", aws.ToString(in.UploadId), err))
	}
	return &s3.CompleteMultipartUploadOutput{}, nil
}

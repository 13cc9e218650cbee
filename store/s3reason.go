package store

import (
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"syscall"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
)

// noRole is how the SDK says that it has looked in every place for credentials, the last being the machine's role.
const noRole = "no EC2 IMDS role found"

// reason is explain.
func (k *s3Bucket) reason(err error) (error, bool) { return explain(err) }

// explain finds one of the package's reasons for err, or gives err back, and says if another try may succeed. It goes by
// the service's error code, then by the HTTP status, then by what the SDK and the system say of the connection. What none
// of them knows, such as a checksum that does not fit the bytes read, is permanent.
func explain(err error) (error, bool) {
	if err == nil || isReason(err) {
		return err, false
	}
	if api := smithy.APIError(nil); errors.As(err, &api) {
		switch api.ErrorCode() {
		case "PreconditionFailed":
			return ErrPrecondition, false
		case "NoSuchKey", "NotFound": // the second is the answer without a body
			return ErrNotFound, false
		case "InvalidRange":
			return ErrRange, false
		case "NoSuchBucket":
			return err, false
		case "ConditionalRequestConflict", "OperationAborted", // another writer is under way
			noSuchUpload,                                                                              // the parts are gone: send them again
			"BadDigest", "XAmzContentSHA256Mismatch", "XAmzContentChecksumMismatch", "IncompleteBody", // damaged on the way
			"RequestTimeTooSkewed": // the SDK has corrected its clock by the answer
			return err, true
		}
	}
	if reply := (*awshttp.ResponseError)(nil); errors.As(err, &reply) {
		switch reply.HTTPStatusCode() {
		case http.StatusPreconditionFailed:
			return ErrPrecondition, false
		case http.StatusNotFound:
			return ErrNotFound, false
		case http.StatusRequestedRangeNotSatisfiable:
			return ErrRange, false
		case http.StatusConflict, http.StatusTooManyRequests:
			return err, true
		}
	}
	if strings.Contains(err.Error(), noRole) { // though what stopped the search is a connection that was not to be had
		return err, false
	}
	return err, retry.IsErrorRetryables(retry.DefaultRetryables).IsErrorRetryable(err).Bool() || isBrokenConnection(err)
}

// isReason reports whether err is one of the package's own reasons already.
func isReason(err error) bool {
	for _, r := range []error{ErrExists, ErrNotFound, ErrPrecondition, ErrMismatch, ErrRange, ErrName, ErrUnsupported} {
		if errors.Is(err, r) {
			return true
		}
	}
	return false
}

// isBrokenConnection reports whether err is the end of a connection in the middle of a reply.
func isBrokenConnection(err error) bool {
	for _, e := range []error{io.ErrUnexpectedEOF, os.ErrDeadlineExceeded, syscall.ECONNRESET, syscall.ECONNREFUSED,
		syscall.ECONNABORTED, syscall.EPIPE, syscall.ETIMEDOUT, syscall.EHOSTUNREACH, syscall.ENETUNREACH} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

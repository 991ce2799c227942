package dip

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"syscall"

	"talian/ivr/outside"
)

// reason is a failure in our own words: it holds nothing of a path, body or secret.
type reason string

func (r reason) Error() string { return string(r) }

// timedOut tells whether a part of the way took too long: connecting, or the handshake.
func timedOut(err error) bool {
	var n net.Error
	return errors.As(err, &n) && n.Timeout()
}

// plain gives the part of an error that may be logged. The errors of net/http tell the
// address asked, and pieces of answers that make no sense.
func plain(err error) error {
	var (
		own   reason
		name  *net.DNSError
		cert  *tls.CertificateVerificationError
		alert tls.AlertError
		errno syscall.Errno
	)
	switch {
	case errors.As(err, &own):
		return own
	case errors.Is(err, outside.ErrForbidden):
		return outside.ErrForbidden
	case errors.As(err, &name):
		return reason("the name of the service cannot be resolved")
	case errors.As(err, &cert):
		return reason("the certificate is not good: " + cert.Err.Error())
	case errors.As(err, &alert):
		return reason("no agreement on TLS: " + alert.Error())
	case errors.As(err, &errno):
		return reason(errno.Error())
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return reason("the connection ended before the answer")
	}
	return reason("the answer cannot be understood")
}

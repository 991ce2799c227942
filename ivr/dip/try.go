package dip

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	userAgent  = "talian"
	retryAfter = 50 * time.Millisecond // at least; up to double
)

// errNeither marks what says nothing about the service: our own mistake, or a caller who left.
var errNeither = errors.New("not the service's doing")

func isNeither(err error) bool { return errors.Is(err, errNeither) }

// errAway marks an answer that says that the service cannot serve.
var errAway = errors.New("the service is away")

// try asks until there is an answer, tries or time are over. The error is for the breaker.
func (s *service) try(ctx context.Context, r Request) (Response, error) {
	timeout := r.Timeout
	if timeout <= 0 {
		timeout = DefaultTimeout
	}
	within, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	tries := 1
	if r.Method == http.MethodGet {
		tries += max(0, r.Retries)
	}
	for {
		answer, err := s.exchange(within, r)
		tries--
		if err == nil || tries == 0 || errors.Is(err, errNeither) || !pause(within) {
			return s.judged(ctx, within, answer, err)
		}
	}
}

// judged says what came of the last try.
func (s *service) judged(ctx, within context.Context, answer Response, err error) (Response, error) {
	switch {
	case err == nil:
		return answer, nil
	case ctx.Err() != nil:
		return failed(reason("given up")), errNeither
	case errors.Is(err, errAway):
		return answer, err
	case within.Err() != nil || timedOut(err):
		return Response{Failure: TimedOut}, err
	}
	return failed(plain(err)), err
}

// pause waits a moment before the next try; false when there is no time for one.
func pause(ctx context.Context) bool {
	select {
	case <-time.After(retryAfter + rand.N(retryAfter)):
		return true
	case <-ctx.Done():
		return false
	}
}

// exchange sends one request and reads the answer.
func (s *service) exchange(ctx context.Context, r Request) (Response, error) {
	request, err := s.request(ctx, r)
	if err != nil {
		return Response{}, fmt.Errorf("%w: %w", errNeither, err)
	}
	reply, err := s.client.Do(request)
	if err != nil {
		return Response{}, err
	}
	defer reply.Body.Close()
	body, err := io.ReadAll(io.LimitReader(reply.Body, MaxReply+1))
	answer := Response{Status: reply.StatusCode, Body: body}
	switch {
	case err != nil:
		return Response{}, err
	case len(body) > MaxReply:
		return Response{}, reason("the answer is too long")
	case reply.StatusCode >= 300 && reply.StatusCode < 400 && reply.StatusCode != http.StatusNotModified:
		return Response{}, reason("the answer leads to another address")
	case reply.StatusCode >= 500:
		return answer, errAway
	}
	return answer, nil
}

// request makes the request of one try.
func (s *service) request(ctx context.Context, r Request) (*http.Request, error) {
	to, err := s.join(r.Path)
	if err != nil {
		return nil, err
	}
	var body io.Reader = http.NoBody
	if r.Body != "" {
		body = strings.NewReader(r.Body)
	}
	request, err := http.NewRequestWithContext(ctx, r.Method, to, body)
	if err != nil {
		return nil, reason("the request cannot be written")
	}
	request.Header.Set("User-Agent", userAgent)
	request.Header.Set("Accept", "application/json")
	if r.Body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	switch r.Method {
	case http.MethodGet:
	case http.MethodPost, http.MethodPut:
		if r.Key != "" {
			request.Header.Set("Idempotency-Key", r.Key)
		}
	default:
		return nil, reason("the method is not GET, POST or PUT")
	}
	if s.secret != nil {
		text, err := s.secret.Text()
		if err != nil && text == "" {
			return nil, err
		}
		request.Header.Set(s.Header, s.Prefix+text)
	}
	return request, nil
}

// join gives the address of a path below the base. Its errors do not tell the path.
func (s *service) join(path string) (string, error) {
	below, err := url.ParseRequestURI(path)
	if err != nil || !strings.HasPrefix(path, "/") || below.Host != "" {
		return "", reason("the path is not one")
	}
	for part := range strings.SplitSeq(below.Path, "/") {
		if part == "." || part == ".." {
			return "", reason("the path leaves the service's base")
		}
	}
	return s.base.String() + path, nil
}

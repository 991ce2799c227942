package outside

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"
)

// maxSecret is the longest file that is read as a secret, in bytes.
const maxSecret = 16 << 10

// Secret is a text in a file that may be replaced while we run. It is safe for concurrent
// use.
type Secret struct {
	path string

	mu    sync.Mutex
	text  string
	saved time.Time
	size  int64
}

// OpenSecret reads the file at path.
func OpenSecret(path string) (*Secret, error) {
	s := &Secret{path: path}
	if _, err := s.Text(); err != nil {
		return nil, err
	}
	return s, nil
}

// Text gives the file's text without white space around it, read again when the file has
// changed. With an error comes the last text that could be read: a file that is being
// replaced stops nothing.
func (s *Secret) Text() (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	info, err := os.Stat(s.path)
	if err != nil {
		return s.text, fmt.Errorf("secret: %w", err)
	}
	if s.text != "" && info.ModTime().Equal(s.saved) && info.Size() == s.size {
		return s.text, nil
	}
	text, err := readSecret(s.path)
	if err != nil {
		return s.text, err
	}
	s.text, s.saved, s.size = text, info.ModTime(), info.Size()
	return s.text, nil
}

func readSecret(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("secret: %w", err)
	}
	defer f.Close() //nolint:errcheck // it was only read
	data, err := io.ReadAll(io.LimitReader(f, maxSecret+1))
	if err != nil {
		return "", fmt.Errorf("secret: %w", err)
	}
	text := strings.TrimSpace(string(data))
	if text == "" || len(data) > maxSecret {
		return "", fmt.Errorf("secret %s: it must have 1 to %d bytes", path, maxSecret)
	}
	return text, nil
}

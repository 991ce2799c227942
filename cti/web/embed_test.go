package web

import (
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

func built() fstest.MapFS {
	return fstest.MapFS{
		"index.html":              {Data: []byte("<title>page</title>")},
		"index.html.gz":           {Data: []byte("packed page")},
		"logo.svg":                {Data: []byte("<svg/>")},
		"assets/index-a1b2.js":    {Data: []byte("plain")},
		"assets/index-a1b2.css":   {Data: []byte("plain")},
		"assets/index-a1b2.js.gz": {Data: []byte("packed")},
	}
}

func TestServe(t *testing.T) {
	const immutable = "public, max-age=31536000, immutable"
	tests := []struct {
		name, method, path, accept string
		status                     int
		body, kind, cache, packed  string
	}{
		{"desk", "GET", "/", "", 200, "<title>page", "text/html", "no-store", ""},
		{"desk packed", "GET", "/", "br, gzip", 200, "packed page", "text/html", "no-store", "gzip"},
		{"gzip refused", "GET", "/", "gzip;q=0", 200, "<title>page", "text/html", "no-store", ""},
		{"gzip weighted", "GET", "/", "gzip; q=0.5", 200, "packed page", "text/html", "no-store", "gzip"},
		{"reports", "GET", "/reports", "", 200, "<title>page", "text/html", "no-store", ""},
		{"cases", "GET", "/cases", "", 200, "<title>page", "text/html", "no-store", ""},
		{"callbacks", "GET", "/callbacks", "", 200, "<title>page", "text/html", "no-store", ""},
		{"surveys", "GET", "/surveys", "", 200, "<title>page", "text/html", "no-store", ""},
		{"slash behind", "GET", "/phone/", "", 200, "<title>page", "text/html", "no-store", ""},
		{"index by name", "GET", "/index.html", "", 404, "<title>page", "text/html", "no-store", ""},
		{"unknown page", "GET", "/nowhere", "", 404, "<title>page", "text/html", "no-store", ""},
		{"asset", "GET", "/assets/index-a1b2.js", "", 200, "plain", "text/javascript", immutable, ""},
		{"asset packed", "GET", "/assets/index-a1b2.js", "gzip", 200, "packed", "text/javascript", immutable, "gzip"},
		{"asset without packed", "GET", "/assets/index-a1b2.css", "gzip", 200, "plain", "text/css", immutable, ""},
		{"logo", "GET", "/logo.svg", "", 200, "<svg/>", "image/svg+xml", "no-cache", ""},
		{"unknown asset", "GET", "/assets/old.js", "", 404, "404", "text/plain", "", ""},
		{"packed by name", "GET", "/assets/index-a1b2.js.gz", "", 404, "404", "text/plain", "", ""},
		{"folder", "GET", "/assets", "", 404, "<title>page", "text/html", "no-store", ""},
		{"out of the root", "GET", "/../../etc/passwd.txt", "", 404, "404", "text/plain", "", ""},
		{"head", "HEAD", "/", "", 200, "", "text/html", "no-store", ""},
		{"post", "POST", "/", "", 405, "method", "text/plain", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest(tt.method, "/", http.NoBody)
			r.URL.Path = tt.path
			r.Header.Set("Accept-Encoding", tt.accept)
			w := httptest.NewRecorder()
			site{files: built()}.ServeHTTP(w, r)
			if w.Code != tt.status {
				t.Errorf("status %d, want %d", w.Code, tt.status)
			}
			if body := w.Body.String(); !strings.HasPrefix(body, tt.body) || (tt.body == "" && body != "") {
				t.Errorf("body %q, want %q", body, tt.body)
			}
			for header, want := range map[string]string{"Cache-Control": tt.cache, "Content-Encoding": tt.packed} {
				if got := w.Header().Get(header); got != want {
					t.Errorf("%s %q, want %q", header, got, want)
				}
			}
			if got := w.Header().Get("Content-Type"); !strings.HasPrefix(got, tt.kind) {
				t.Errorf("Content-Type %q, want %q", got, tt.kind)
			}
		})
	}
}

// Whatever was built, the root has a page, and the two kinds can be told apart.
func TestFiles(t *testing.T) {
	files, isBuilt := Files()
	page, err := fs.ReadFile(files, indexFile)
	if err != nil {
		t.Fatal(err)
	}
	if says := strings.Contains(string(page), "not part of this build"); says == isBuilt {
		t.Errorf("built is %v, and the page's word for not built is %v", isBuilt, says)
	}
	w := httptest.NewRecorder()
	Serve().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", http.NoBody))
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "text/html; charset=utf-8" {
		t.Errorf("status %d, type %q", w.Code, w.Header().Get("Content-Type"))
	}
}

// Package web holds the built web application inside the binary and serves it: the desk,
// reports, cases, callbacks, surveys and the citizen's phone, one page with hashed assets beside it. Without a
// build (no npm run build before go build) a page that says so is served instead, so that
// Go alone can build, vet and test everything.
package web

import (
	"embed"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"slices"
	"strings"
)

// The directive needs all: for .gitkeep, which stands for the folder before a build.
//
//go:embed all:dist fallback/index.html
var embedded embed.FS

const indexFile = "index.html"

// Files gives the application's files with index.html at the root, and whether they are a
// real build; if not, they are the page that says how to make one.
func Files() (files fs.FS, built bool) {
	dist := sub("dist")
	if _, err := fs.Stat(dist, indexFile); err == nil {
		return dist, true
	}
	return sub("fallback"), false
}

// sub gives a folder of the embedded files; the folders are fixed by the directive above.
func sub(dir string) fs.FS {
	files, err := fs.Sub(embedded, dir)
	if err != nil {
		panic(err) // only for an invalid path
	}
	return files
}

// Serve serves the application. The pages' own paths get index.html, never kept by
// browsers; hashed assets are kept for ever, and sent packed where a packed file and the
// browser's consent exist. An unknown path gets index.html with 404, which draws a plain
// page-not-found; an unknown file gets 404. Only GET and HEAD are answered.
func Serve() http.Handler {
	files, _ := Files()
	return site{files: files}
}

type site struct{ files fs.FS }

func isPage(urlPath string) bool {
	return slices.Contains([]string{"/", "/reports", "/cases", "/callbacks", "/surveys", "/phone"}, urlPath)
}

// ServeHTTP answers one request.
func (s site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	urlPath := path.Clean("/" + r.URL.Path)
	if path.Ext(urlPath) != "" && urlPath != "/"+indexFile {
		s.file(w, r, strings.TrimPrefix(urlPath, "/"))
		return
	}
	status := http.StatusOK
	if !isPage(urlPath) {
		status = http.StatusNotFound
	}
	w.Header().Set("Cache-Control", "no-store")
	s.send(w, r, indexFile, status)
}

func (s site) file(w http.ResponseWriter, r *http.Request, name string) {
	info, err := fs.Stat(s.files, name)
	if err != nil || info.IsDir() || strings.HasSuffix(name, ".gz") {
		http.NotFound(w, r)
		return
	}
	cache := "no-cache"
	if strings.HasPrefix(name, "assets/") {
		cache = "public, max-age=31536000, immutable"
	}
	w.Header().Set("Cache-Control", cache)
	s.send(w, r, name, http.StatusOK)
}

// send writes a file, packed if it can be. The files are small and in memory already.
func (s site) send(w http.ResponseWriter, r *http.Request, name string, status int) {
	header := w.Header()
	header.Add("Vary", "Accept-Encoding")
	header.Set("X-Content-Type-Options", "nosniff")
	if kind := mime.TypeByExtension(path.Ext(name)); kind != "" {
		header.Set("Content-Type", kind)
	}
	body, err := fs.ReadFile(s.files, name+".gz")
	if err == nil && acceptsGzip(r) {
		header.Set("Content-Encoding", "gzip")
	} else if body, err = fs.ReadFile(s.files, name); err != nil {
		http.Error(w, "the web application is incomplete", http.StatusInternalServerError)
		return
	}
	w.WriteHeader(status)
	if r.Method == http.MethodGet {
		_, _ = w.Write(body) // the browser went away: nobody is left to tell
	}
}

// acceptsGzip reads Accept-Encoding (RFC 9110 §12.5.3) as far as browsers use it: gzip
// among the names, and not refused by q=0.
func acceptsGzip(r *http.Request) bool {
	for coding := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, weight, _ := strings.Cut(coding, ";")
		if strings.EqualFold(strings.TrimSpace(name), "gzip") {
			weight = strings.ReplaceAll(weight, " ", "")
			return weight != "q=0" && !strings.HasPrefix(weight, "q=0.000")
		}
	}
	return false
}

package cti_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"talian/cti"
	"talian/ivr"
)

func body(t *testing.T, res *http.Response) string {
	t.Helper()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestRights tries every route as everybody; who may do what is written here once more.
func TestRights(t *testing.T) {
	for _, all := range []bool{false, true} {
		s := open(t, func(o *cti.Options) { o.AllReports = all })
		who := map[string]*http.Cookie{"nobody": nil}
		for _, user := range []string{"agent02", "supervisor01", "admin01"} {
			who[user] = s.signIn(user).cookie
		}
		for _, route := range s.web.Routes() {
			path := strings.NewReplacer("{id}", "none", "{number}", "none").Replace(route.Path)
			for user, cookie := range who {
				if route.Method == "DELETE" && route.Path == "/api/v1/session" && cookie != nil {
					continue // TestSignOutClosesSockets
				}
				res := s.request(route.Method, path, "", cookie)
				if got, want := res.StatusCode, allowed(route, user, all); got != want {
					t.Errorf("%s %s as %s (reports all: %v): %d, want %d", route.Method, path, user, all, got, want)
				}
				if res := s.request(route.Method, path, "", cookie, "Origin", "http://evil.example"); route.Method != "GET" && res.StatusCode != http.StatusForbidden {
					t.Errorf("%s %s as %s from elsewhere: %s", route.Method, path, user, res.Status)
				}
			}
		}
	}
}

// allowed is the table of rights; a status below 401 means that the request got through.
func allowed(route cti.Route, user string, all bool) int {
	signedIn, isAgent := user != "nobody", user == "agent02"
	switch route.Method + " " + route.Path {
	case "GET /api/v1/openapi.json":
		return http.StatusOK
	case "POST /api/v1/session":
		return http.StatusBadRequest
	case "POST /api/v1/guest":
		return http.StatusOK
	case "DELETE /api/v1/guest":
		return http.StatusNoContent
	case "GET /sip":
		if !isAgent {
			return http.StatusUnauthorized
		}
		return http.StatusServiceUnavailable // there is no Asterisk here
	}
	switch {
	case !signedIn:
		return http.StatusUnauthorized
	case route.Path == "/cti":
		return http.StatusBadRequest // no handshake
	}
	switch route.Path {
	case "/api/v1/me", "/api/v1/cases", "/api/v1/callbacks":
		return http.StatusOK
	case "/api/v1/cases/{number}":
		return http.StatusNotFound
	case "/api/v1/cases/{number}/status":
		if isAgent {
			return http.StatusForbidden
		}
		return http.StatusBadRequest
	}
	switch {
	case isAgent && !all:
		return http.StatusForbidden
	case strings.HasSuffix(route.Path, "/audio"):
		return http.StatusNotFound
	default:
		return http.StatusOK
	}
}

// TestOpenAPI: every route is in the document, and nothing else.
func TestOpenAPI(t *testing.T) {
	s := open(t)
	var doc struct {
		OpenAPI string                                `json:"openapi"`
		Paths   map[string]map[string]json.RawMessage `json:"paths"`
		Rest    map[string]json.RawMessage            `json:"components"`
	}
	text := body(t, s.request("GET", "/api/v1/openapi.json", "", nil))
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatal(err)
	}
	documented := 0
	for _, methods := range doc.Paths {
		documented += len(methods)
	}
	for _, route := range s.web.Routes() {
		if doc.Paths[route.Path][strings.ToLower(route.Method)] == nil {
			t.Errorf("%s %s is not documented", route.Method, route.Path)
		}
	}
	if documented != len(s.web.Routes()) || !strings.HasPrefix(doc.OpenAPI, "3.1") {
		t.Errorf("openapi %s with %d operations for %d routes", doc.OpenAPI, documented, len(s.web.Routes()))
	}
	for _, name := range regexp.MustCompile(`#/components/schemas/(\w+)`).FindAllStringSubmatch(text, -1) {
		if !strings.Contains(string(doc.Rest["schemas"]), fmt.Sprintf("%q:", name[1])) {
			t.Errorf("schema %s is missing", name[1])
		}
	}
}

func TestSignInOverHTTP(t *testing.T) {
	s := open(t)
	try := func(user, password string) *http.Response {
		return s.request("POST", "/api/v1/session", fmt.Sprintf(`{"user":%q,"password":%q}`, user, password), nil)
	}
	cookie := try("agent02", password).Cookies()[0]
	if cookie.Name != "__Host-ctid" || !cookie.HttpOnly || !cookie.Secure || cookie.SameSite != http.SameSiteStrictMode || cookie.Path != "/" {
		t.Errorf("cookie %+v", cookie)
	}
	for i := range 5 {
		if res := try("agent03", "wrong"); res.StatusCode != http.StatusUnauthorized || !strings.Contains(body(t, res), `"code":"wrong_password"`) {
			t.Errorf("wrong password %d: %s", i, res.Status)
		}
	}
	if res := try("agent03", password); res.StatusCode != http.StatusTooManyRequests || !strings.Contains(body(t, res), `"code":"locked"`) {
		t.Errorf("locked out: %s", res.Status)
	} else if wait, err := strconv.Atoi(res.Header.Get("Retry-After")); err != nil || wait < 1 || wait > 900 {
		t.Errorf("locked out for %q seconds", res.Header.Get("Retry-After"))
	}
	form := s.request("POST", "/api/v1/session", `{"user":"agent02","password":"`+password+`"}`, nil, "Content-Type", "text/plain")
	if form.StatusCode != http.StatusBadRequest {
		t.Errorf("as a form could send it: %s", form.Status)
	}
}

// TestMeTellsWhoReads: the pages ask before they draw what would be refused.
func TestMeTellsWhoReads(t *testing.T) {
	for _, all := range []bool{false, true} {
		s := open(t, func(o *cti.Options) { o.AllReports = all })
		for user, want := range map[string]bool{"agent02": all, "supervisor01": true, "admin01": true} {
			if text := body(t, s.request("GET", "/api/v1/me", "", s.signIn(user).cookie)); !strings.Contains(text, fmt.Sprintf(`"reads":%t`, want)) {
				t.Errorf("%s (reports all: %v): %s", user, all, text)
			}
		}
	}
}

func TestHeaders(t *testing.T) {
	for _, tls := range []bool{false, true} {
		s := open(t, func(o *cti.Options) { o.TLS = tls })
		for _, path := range []string{"/", "/api/v1/me", "/api/nothing"} {
			h := s.request("GET", path, "", nil).Header
			csp := h.Get("Content-Security-Policy")
			if !strings.Contains(csp, "default-src 'self'") || !strings.Contains(csp, "frame-ancestors 'none'") ||
				!strings.Contains(h.Get("Permissions-Policy"), "microphone=(self)") || (h.Get("Strict-Transport-Security") != "") != tls {
				t.Errorf("%s: %v", path, h)
			}
		}
	}
}

func TestReports(t *testing.T) {
	s := open(t)
	boss := s.signIn("supervisor01").cookie
	var report struct {
		Dictionary int              `json:"dictionary"`
		Rows       []map[string]any `json:"rows"`
		Total      map[string]any   `json:"total"`
	}
	if err := json.NewDecoder(s.request("GET", "/api/v1/reports/clusters?day=yesterday", "", boss).Body).Decode(&report); err != nil || report.Dictionary != 1 || report.Total["asa_ms"] != nil {
		t.Errorf("%+v, %v", report, err)
	}
	if res := s.request("GET", "/api/v1/reports/calls?day=someday", "", boss); res.StatusCode != http.StatusBadRequest {
		t.Errorf("a day that is none: %s", res.Status)
	}
	res := s.request("GET", "/api/v1/reports/clusters.csv?day=2026-03-02", "", boss)
	if res.StatusCode != http.StatusOK || !strings.Contains(res.Header.Get("Content-Disposition"), "clusters-2026-03-02.csv") {
		t.Fatalf("csv: %s %v", res.Status, res.Header)
	}
	reader := csv.NewReader(res.Body)
	reader.FieldsPerRecord = -1
	if rows, err := reader.ReadAll(); err != nil || len(rows) < 2 {
		t.Errorf("csv: %v, %v", rows, err)
	}
	if !s.log.has("act=report.export user=supervisor01") {
		t.Error("the export is not in the audit log")
	}
}

func TestVoicemail(t *testing.T) {
	s := open(t)
	dir := filepath.Join(s.dir, "recordings")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for path, text := range map[string]string{"recordings/m1.wav": "RIFF-sound", "secret": "not for you"} {
		if err := os.WriteFile(filepath.Join(s.dir, path), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(filepath.Join(s.dir, "secret"), filepath.Join(dir, "link.wav")); err != nil {
		t.Fatal(err)
	}
	facts := []ivr.Fact{}
	files := []string{"m1.wav", "../secret", "link.wav", "/etc/passwd", "gone.wav"}
	for i, file := range files {
		call := ivr.CallID(fmt.Sprint("c", i))
		at := time.Now().UTC().Add(time.Duration(-i) * time.Minute)
		facts = append(facts, ivr.Fact{Seq: uint64(2*i + 1), At: at, Call: call, Body: ivr.CallArrived{From: "0123456789"}},
			ivr.Fact{Seq: uint64(2*i + 2), At: at, Call: call, Body: ivr.VoicemailLeft{Box: "health", File: file, Length: 5000, Lang: "ms"}})
	}
	if err := s.store.Apply(t.Context(), facts); err != nil {
		t.Fatal(err)
	}
	boss := s.signIn("supervisor01").cookie
	var list struct {
		Rows []struct {
			ID     string `json:"id"`
			Length int    `json:"length_ms"`
			From   string `json:"from"`
		} `json:"rows"`
	}
	if err := json.NewDecoder(s.request("GET", "/api/v1/voicemails", "", boss).Body).Decode(&list); err != nil || len(list.Rows) != len(files) {
		t.Fatalf("%+v, %v", list, err)
	}
	for i, row := range list.Rows {
		res := s.request("GET", "/api/v1/voicemails/"+row.ID+"/audio", "", boss, "Range", "bytes=5-9")
		text := body(t, res)
		if i == 0 && (res.StatusCode != http.StatusPartialContent || text != "sound" || row.Length != 5000 || row.From != "0123456789") {
			t.Errorf("message: %s %q %+v", res.Status, text, row)
		}
		if i > 0 && res.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %s %q", files[i], res.Status, text)
		}
	}
	if !s.log.has("act=voicemail.play user=supervisor01") {
		t.Error("the playing is not in the audit log")
	}
}

package cti

import (
	_ "embed"
	"net/http"
)

//go:embed openapi.json
var openAPI []byte //nolint:gochecknoglobals // an embedded file, never written

func (w *Web) getOpenAPI(rw http.ResponseWriter, _ *http.Request, _ visitor) {
	rw.Header().Set("Content-Type", "application/json")
	_, _ = rw.Write(openAPI) // the client may be gone
}

package cti

import (
	"net/http"
	"time"
)

type callbackRow struct {
	Key      string            `json:"key"`
	Queue    string            `json:"queue"`
	Skills   map[string]string `json:"skills"`
	Number   string            `json:"number"` // masked for those who may not read reports
	From     time.Time         `json:"from"`
	Until    time.Time         `json:"until"`
	Lang     string            `json:"lang"`
	Call     string            `json:"call"`
	BookedAt time.Time         `json:"booked_at"`
}

func (w *Web) getCallbacks(rw http.ResponseWriter, req *http.Request, who visitor) {
	callbacks, err := w.Records.CallbacksOf(req.Context(), dayOf(req))
	if err != nil {
		w.fail(rw, req, err)
		return
	}
	personal := w.personal(who)
	rows := make([]callbackRow, len(callbacks))
	for i, c := range callbacks {
		rows[i] = callbackRow{c.Key, c.Queue, c.Skills, personal(c.Number), c.From.UTC(), c.Until.UTC(), c.Lang, string(c.Call), c.Booked.UTC()}
	}
	answerJSON(rw, http.StatusOK, map[string]any{"rows": rows})
}

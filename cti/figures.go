package cti

import (
	"io"
	"net/http"
	"time"

	"talian/ivr/report"
	"talian/ivr/store"
)

const bundlesShown = 50

func (w *Web) getIVR(rw http.ResponseWriter, req *http.Request, _ visitor) {
	figures, err := w.Records.IVR(req.Context(), dayOf(req))
	if err != nil {
		w.fail(rw, req, err)
		return
	}
	answerJSON(rw, http.StatusOK, figures)
}

// periodOf gives the day or month asked for; "" = this month.
func periodOf(req *http.Request) string { return req.URL.Query().Get("period") }

func (w *Web) getCaseFigures(rw http.ResponseWriter, req *http.Request, _ visitor) {
	figures, err := w.Records.CaseFigures(req.Context(), periodOf(req))
	if err != nil {
		w.fail(rw, req, err)
		return
	}
	answerJSON(rw, http.StatusOK, figures)
}

func (w *Web) getCaseFiguresCSV(rw http.ResponseWriter, req *http.Request, who visitor) {
	period := periodOf(req)
	w.sendCSV(rw, req, who, "cases", period, func(file io.Writer) error { return w.Records.CaseFiguresCSV(req.Context(), file, period) })
}

func groupsOf(req *http.Request) string {
	if by := req.URL.Query().Get("by"); by != "" {
		return by
	}
	return report.ByCluster
}

func (w *Web) getSurveys(rw http.ResponseWriter, req *http.Request, _ visitor) {
	figures, err := w.Records.Surveys(req.Context(), periodOf(req), groupsOf(req))
	if err != nil {
		w.fail(rw, req, err)
		return
	}
	answerJSON(rw, http.StatusOK, figures)
}

func (w *Web) getSurveysCSV(rw http.ResponseWriter, req *http.Request, who visitor) {
	period := periodOf(req)
	w.sendCSV(rw, req, who, "surveys", period, func(file io.Writer) error {
		return w.Records.SurveysCSV(req.Context(), file, period, groupsOf(req))
	})
}

type bundleRow struct {
	At        time.Time `json:"at"`
	Revision  string    `json:"revision"`
	Candidate bool      `json:"candidate"`
	Percent   int       `json:"percent"`
	Who       string    `json:"who"`
	Approved  string    `json:"approved"`
	Why       string    `json:"why"`
}

// refusalRow is a bundle that was not taken.
type refusalRow struct {
	At   time.Time `json:"at"`
	From string    `json:"from"`
	Why  string    `json:"why"`
}

func bundleRows(bundles []store.Bundle) []bundleRow {
	rows := make([]bundleRow, len(bundles))
	for i, b := range bundles {
		rows[i] = bundleRow{b.At.UTC(), b.Revision, b.Candidate, b.Percent, b.Who, b.Approved, b.Why}
	}
	return rows
}

// getBundle gives which bundle answers calls, the candidate beside it, and who wanted it so.
func (w *Web) getBundle(rw http.ResponseWriter, req *http.Request, _ visitor) {
	now, err := w.Records.BundlesNow(req.Context())
	if err != nil {
		w.fail(rw, req, err)
		return
	}
	log, err := w.Records.Bundles(req.Context(), bundlesShown)
	if err != nil {
		w.fail(rw, req, err)
		return
	}
	refused, err := w.Records.Refused(req.Context())
	if err != nil {
		w.fail(rw, req, err)
		return
	}
	answer := struct {
		Current   *bundleRow  `json:"current"`
		Candidate *bundleRow  `json:"candidate"`
		Refused   *refusalRow `json:"refused"`
		Log       []bundleRow `json:"log"`
	}{Log: bundleRows(log)}
	if refused != nil {
		answer.Refused = &refusalRow{refused.At.UTC(), refused.From, refused.Why}
	}
	for _, row := range bundleRows(now) {
		if row.Candidate {
			answer.Candidate = &row
		} else {
			answer.Current = &row
		}
	}
	answerJSON(rw, http.StatusOK, answer)
}

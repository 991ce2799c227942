package cti

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"talian/ivr"
	"talian/ivr/report"
	"talian/ivr/store"
)

const (
	casesShown = 50 // on a page that does not say
	casesMost  = 200
	maxWhy     = 500 // runes
)

type caseRow struct {
	Number   string     `json:"number"`
	Desk     string     `json:"desk"`
	Type     string     `json:"type"`
	Status   string     `json:"status"`
	Category string     `json:"category"`
	Cluster  string     `json:"cluster"`
	Caller   string     `json:"caller"`   // masked for those who may not read reports
	Identity string     `json:"identity"` // masked for those who may not read reports
	Lang     string     `json:"lang"`
	Note     string     `json:"note"`
	LengthMs ivr.Millis `json:"length_ms"`
	Playable bool       `json:"playable"`
	Due      string     `json:"due"`
	Overdue  bool       `json:"overdue"`
	OpenedAt time.Time  `json:"opened_at"`
	ClosedAt *time.Time `json:"closed_at"`
	Call     string     `json:"call"`
}

type caseEventRow struct {
	N        int        `json:"n"`
	At       time.Time  `json:"at"`
	What     string     `json:"what"`
	Status   string     `json:"status"`
	Who      string     `json:"who"`
	Why      string     `json:"why"`
	Note     string     `json:"note"`
	LengthMs ivr.Millis `json:"length_ms"`
	Playable bool       `json:"playable"`
}

// masked leaves the last four characters of personal data.
func masked(s string) string {
	hidden := max(0, utf8.RuneCountInString(s)-4)
	if hidden == 0 {
		hidden = utf8.RuneCountInString(s)
	}
	return strings.Repeat("*", hidden) + string([]rune(s)[hidden:])
}

// personal gives a function that masks for those who may not read personal data.
func (w *Web) personal(who visitor) func(string) string {
	if w.reads(who.user) {
		return func(s string) string { return s }
	}
	return masked
}

func (w *Web) rowOfCase(c store.Case, personal func(string) string) caseRow {
	row := caseRow{Number: string(c.Number), Desk: c.Desk, Type: string(c.Type), Status: string(c.Status), Category: c.Category,
		Cluster: c.Cluster, Caller: personal(c.Caller), Identity: personal(c.Identity), Lang: c.Lang, Note: c.Note,
		LengthMs: c.Length, Playable: c.Kept, Due: c.Due, Overdue: c.Overdue(report.Today(w.Records.Now())),
		OpenedAt: c.Opened.UTC(), Call: string(c.Call)}
	if !c.Closed.IsZero() {
		closed := c.Closed.UTC()
		row.ClosedAt = &closed
	}
	return row
}

func (w *Web) getCases(rw http.ResponseWriter, req *http.Request, who visitor) {
	filter, err := w.caseFilter(req.URL.Query())
	if err != nil {
		w.fail(rw, req, err)
		return
	}
	cases, more, err := w.Records.Cases(req.Context(), filter)
	if err != nil {
		w.fail(rw, req, err)
		return
	}
	personal := w.personal(who)
	rows, next := make([]caseRow, len(cases)), ""
	for i, c := range cases {
		rows[i] = w.rowOfCase(c, personal)
	}
	if more {
		next = rows[len(rows)-1].Number
	}
	answer := map[string]any{"rows": rows, "next": next}
	if req.URL.Query().Get("words") == "true" {
		if answer["words"], err = w.Records.CaseWords(req.Context()); err != nil {
			w.fail(rw, req, err)
			return
		}
	}
	answerJSON(rw, http.StatusOK, answer)
}

// caseFilter reads what cases are asked for.
func (w *Web) caseFilter(query url.Values) (store.CaseFilter, error) {
	f := store.CaseFilter{Status: ivr.CaseStatus(query.Get("status")), Desk: query.Get("desk"), Category: query.Get("category"),
		Cluster: query.Get("cluster"), Before: ivr.CaseNumber(query.Get("before")), Limit: casesShown,
		Digits: strings.NewReplacer(" ", "", "-", "").Replace(query.Get("number"))}
	if f.Status != "" && !slices.Contains(ivr.CaseStatuses(), f.Status) {
		return f, invalid("no such status")
	}
	if strings.Trim(f.Digits, "0123456789") != "" {
		return f, invalid("a case number has digits only")
	}
	if query.Get("overdue") == "true" {
		f.Overdue = report.Today(w.Records.Now())
	}
	var err error
	if limit := query.Get("limit"); limit != "" {
		if f.Limit, err = strconv.Atoi(limit); err != nil || f.Limit < 1 || f.Limit > casesMost {
			return f, invalid("limit is 1 to 200")
		}
	}
	if day := query.Get("from"); day != "" && err == nil {
		f.From, _, err = w.Records.day(day)
	}
	if day := query.Get("until"); day != "" && err == nil {
		_, f.Until, err = w.Records.day(day)
	}
	return f, err
}

// oneCase gives the case of the path.
func (w *Web) oneCase(req *http.Request) (store.Case, error) {
	c, err := w.Records.Case(req.Context(), ivr.CaseNumber(req.PathValue("number")))
	if errors.Is(err, store.ErrNotFound) {
		err = ivr.NewError(ivr.CodeNotFound, "no such case")
	}
	return c, err
}

func (w *Web) getCase(rw http.ResponseWriter, req *http.Request, who visitor) {
	c, err := w.oneCase(req)
	if err != nil {
		w.fail(rw, req, err)
		return
	}
	history, err := w.Records.CaseHistory(req.Context(), c.Number)
	if err != nil {
		w.fail(rw, req, err)
		return
	}
	if w.reads(who.user) {
		w.audit(req, who, "case.read", "case", c.Number)
	}
	answer := struct {
		caseRow
		History []caseEventRow `json:"history"`
	}{w.rowOfCase(c, w.personal(who)), make([]caseEventRow, len(history))}
	for i, e := range history {
		answer.History[i] = caseEventRow{e.N, e.At.UTC(), e.What, string(e.Status), e.Who, e.Why, e.Note, e.Length, e.Kept}
	}
	answerJSON(rw, http.StatusOK, answer)
}

// getCaseAudio sends what the caller said when the case was opened, or with ?entry= what
// was said at that entry of its history.
func (w *Web) getCaseAudio(rw http.ResponseWriter, req *http.Request, who visitor) {
	c, err := w.oneCase(req)
	if err != nil {
		w.fail(rw, req, err)
		return
	}
	file, at, playable := c.Audio, c.Opened, c.Kept
	if entry := req.URL.Query().Get("entry"); entry != "" {
		history, err := w.Records.CaseHistory(req.Context(), c.Number)
		if err != nil {
			w.fail(rw, req, err)
			return
		}
		i := slices.IndexFunc(history, func(e store.CaseEvent) bool { return strconv.Itoa(e.N) == entry })
		if playable = i >= 0 && history[i].Kept; playable {
			file, at = history[i].Audio, history[i].At
		}
	}
	if !playable {
		w.fail(rw, req, ivr.NewError(ivr.CodeNotFound, "there is no recording, or it is not whole yet"))
		return
	}
	w.audit(req, who, "case.play", "case", c.Number, "call", c.Call)
	w.sendRecording(rw, req, file, at)
}

// postCaseStatus has ivrd move a case; the records follow a moment later.
func (w *Web) postCaseStatus(rw http.ResponseWriter, req *http.Request, who visitor) {
	var body struct {
		Status ivr.CaseStatus `json:"status"`
		Why    string         `json:"why"`
	}
	err := readBody(rw, req, &body)
	number, why := ivr.CaseNumber(req.PathValue("number")), strings.TrimSpace(body.Why)
	switch {
	case err != nil:
	case !number.Valid():
		err = ivr.NewError(ivr.CodeNotFound, "no such case")
	case body.Status == ivr.CaseDraft || !slices.Contains(ivr.CaseStatuses(), body.Status):
		err = invalid("a case can be moved to new, in_progress or closed")
	case why == "" || utf8.RuneCountInString(why) > maxWhy:
		err = invalid("say why, in 500 characters at most")
	default:
		err = w.move(req.Context(), ivr.CaseMove{Number: number, Status: body.Status, Why: why, Who: who.user.ID})
	}
	if err != nil {
		w.fail(rw, req, err)
		return
	}
	w.audit(req, who, "case.move", "case", number, "status", body.Status)
	rw.WriteHeader(http.StatusNoContent)
}

func (w *Web) move(ctx context.Context, want ivr.CaseMove) error {
	ctx, cancel := context.WithTimeout(ctx, ivr.IntentDeadline)
	defer cancel()
	reply, err := w.Floor.engine.Do(ctx, ivr.Intent{ID: "case-" + ivr.NewSecret(), Want: want})
	if err == nil {
		err = problemOf(reply)
	}
	return timely(err)
}

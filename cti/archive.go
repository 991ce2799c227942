package cti

import (
	"context"
	"io"
	"time"

	"talian/ivr"
	"talian/ivr/report"
	"talian/ivr/store"
)

// Archive gives the records of a store, with the days of the site's time zone.
type Archive struct {
	Store *store.Store
	Now   func() time.Time
}

var _ Records = Archive{}

func (a Archive) day(name string) (from, to time.Time, err error) {
	from, to, err = report.Day(a.Now(), name)
	if err != nil {
		return from, to, ivr.NewError(ivr.CodeInvalid, err.Error())
	}
	return from, to, nil
}

func (a Archive) clusters(ctx context.Context, day string) (report.Report, error) {
	from, to, err := a.day(day)
	if err != nil {
		return report.Report{}, err
	}
	return report.Clusters(ctx, a.Store, from, to)
}

// Clusters implements Records.
func (a Archive) Clusters(ctx context.Context, day string) (any, error) {
	return a.clusters(ctx, day)
}

// ClustersCSV implements Records.
func (a Archive) ClustersCSV(ctx context.Context, w io.Writer, day string) error {
	figures, err := a.clusters(ctx, day)
	if err != nil {
		return err
	}
	return report.WriteCSV(w, figures)
}

// Calls implements Records.
func (a Archive) Calls(ctx context.Context, day string) (any, error) {
	from, to, err := a.day(day)
	if err != nil {
		return nil, err
	}
	return report.Calls(ctx, a.Store, from, to)
}

// Voicemails implements Records.
func (a Archive) Voicemails(ctx context.Context, limit int) ([]store.Voicemail, error) {
	return a.Store.Voicemails(ctx, limit)
}

// Voicemail implements Records.
func (a Archive) Voicemail(ctx context.Context, id string) (store.Voicemail, error) {
	return a.Store.Voicemail(ctx, id)
}

package cti

import (
	"context"
	"io"
	"time"

	"talian/ivr"
	"talian/ivr/report"
	"talian/ivr/store"
)

// Archive is what the HTTP interface reads of the past: records of a store, by the days
// of the site's time zone. A day or month that is none is an *ivr.Error with CodeInvalid.
type Archive struct {
	*store.Store
	Now func() time.Time
}

func (a Archive) day(name string) (from, to time.Time, err error) {
	from, to, err = report.Day(a.Now(), name)
	if err != nil {
		return from, to, ivr.NewError(ivr.CodeInvalid, err.Error())
	}
	return from, to, nil
}

// period gives the span of a day or a month; without a name it is this month.
func (a Archive) period(name string) (from, to time.Time, err error) {
	if name == "" {
		name = a.Now().In(report.Zone()).Format("2006-01")
	}
	from, to, err = report.Period(a.Now(), name)
	if err != nil {
		return from, to, ivr.NewError(ivr.CodeInvalid, err.Error())
	}
	return from, to, nil
}

// Clusters gives the report of a day.
func (a Archive) Clusters(ctx context.Context, day string) (report.Report, error) {
	from, to, err := a.day(day)
	if err != nil {
		return report.Report{}, err
	}
	return report.Clusters(ctx, a.Store, from, to)
}

// ClustersCSV writes the same as a file for spreadsheets.
func (a Archive) ClustersCSV(ctx context.Context, w io.Writer, day string) error {
	figures, err := a.Clusters(ctx, day)
	if err != nil {
		return err
	}
	return report.WriteCSV(w, figures)
}

// Calls gives the calls of a day.
func (a Archive) Calls(ctx context.Context, day string) ([]report.CallRow, error) {
	from, to, err := a.day(day)
	if err != nil {
		return nil, err
	}
	return report.Calls(ctx, a.Store, from, to)
}

// IVR gives what the callers of a day did without our agents.
func (a Archive) IVR(ctx context.Context, day string) (report.IVRReport, error) {
	from, to, err := a.day(day)
	if err != nil {
		return report.IVRReport{}, err
	}
	return report.IVR(ctx, a.Store, from, to)
}

// CaseFigures gives the figures of the cases of a day or a month.
func (a Archive) CaseFigures(ctx context.Context, period string) (report.CaseReport, error) {
	from, to, err := a.period(period)
	if err != nil {
		return report.CaseReport{}, err
	}
	return report.Cases(ctx, a.Store, from, to, a.Now())
}

// CaseFiguresCSV writes the same as a file for spreadsheets.
func (a Archive) CaseFiguresCSV(ctx context.Context, w io.Writer, period string) error {
	figures, err := a.CaseFigures(ctx, period)
	if err != nil {
		return err
	}
	return report.WriteCasesCSV(w, figures)
}

// Surveys gives the figures of the surveys of a day or a month, by cluster or agent.
func (a Archive) Surveys(ctx context.Context, period, by string) (report.SurveyReport, error) {
	from, to, err := a.period(period)
	if err != nil {
		return report.SurveyReport{}, err
	}
	if by != report.ByCluster && by != report.ByAgent {
		return report.SurveyReport{}, ivr.NewError(ivr.CodeInvalid, "by is cluster or agent")
	}
	return report.Surveys(ctx, a.Store, from, to, by)
}

// SurveysCSV writes the same as a file for spreadsheets.
func (a Archive) SurveysCSV(ctx context.Context, w io.Writer, period, by string) error {
	figures, err := a.Surveys(ctx, period, by)
	if err != nil {
		return err
	}
	return report.WriteSurveysCSV(w, figures)
}

// CallbacksOf gives the callbacks whose slot touches a day.
func (a Archive) CallbacksOf(ctx context.Context, day string) ([]store.Callback, error) {
	from, to, err := a.day(day)
	if err != nil {
		return nil, err
	}
	return a.Callbacks(ctx, from, to)
}

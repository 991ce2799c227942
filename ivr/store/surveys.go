package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"talian/ivr"
)

// Answer is one answer to a question of a survey.
type Answer struct {
	Call     ivr.CallID
	N        int // SurveyResult.N
	Survey   string
	Question string
	Value    int
	Min, Max int // of the scale
	At       time.Time
	Agent    ivr.AgentID
}

func (a *Answer) fields() []any {
	return []any{&a.Call, &a.N, &a.Survey, &a.Question, &a.Value, &a.Min, &a.Max, wall{&a.At}, &a.Agent}
}

// SurveyResult is one survey that was offered to a caller, with the answers.
type SurveyResult struct {
	Call    ivr.CallID
	N       int // 1, 2 ... within the call
	Survey  string
	Agent   ivr.AgentID   // that the caller had talked to last; "" = none
	At      time.Time     // begun, or declined
	Begun   time.Time     // zero = the caller did not begin
	Ended   time.Time     // zero = it goes on
	How     ivr.SurveyEnd // "" while it goes on
	Cluster string        // of the conversation with Agent; not a column
	Answers []Answer
}

func (r *SurveyResult) fields() []any {
	return []any{&r.Call, &r.N, &r.Survey, &r.Agent, wall{&r.At}, wall{&r.Begun}, wall{&r.Ended}, &r.How}
}

func (r *SurveyResult) read() []any { return append(r.fields(), &r.Cluster) }

const (
	surveyColumns = `call_id, n, survey, agent, at, begun_at, ended_at, how`
	answerColumns = `call_id, n, survey, question, value, min_value, max_value, at, agent`
)

const selectOpenSurvey = `SELECT ` + surveyColumns + ` FROM surveys WHERE call_id = $1 AND ended_at IS NULL`

// openSurvey gives the survey that the call is in; ErrNotFound when in none.
func openSurvey(ctx context.Context, db querier, call ivr.CallID) (SurveyResult, error) {
	var r SurveyResult
	err := db.QueryRowContext(ctx, selectOpenSurvey, call).Scan(r.fields()...)
	if errors.Is(err, sql.ErrNoRows) {
		return r, ErrNotFound
	}
	return r, err
}

const insertSurvey = `INSERT INTO surveys (call_id, n, survey, agent, at, begun_at, ended_at, how)
	SELECT $1, COALESCE(MAX(n), 0) + 1, $2, $3, $4, $5, $6, $7 FROM surveys WHERE call_id = $1`

func addSurvey(ctx context.Context, tx *sql.Tx, r SurveyResult) error {
	_, err := tx.ExecContext(ctx, insertSurvey, r.Call, r.Survey, r.Agent, wall{&r.At}, wall{&r.Begun}, wall{&r.Ended}, r.How)
	return err
}

// beginSurvey begins a survey; one that was not ended is partial.
func beginSurvey(ctx context.Context, tx *sql.Tx, f ivr.Fact, body ivr.SurveyBegun) error {
	if err := closeSurvey(ctx, tx, f); err != nil {
		return err
	}
	return addSurvey(ctx, tx, SurveyResult{Call: f.Call, Survey: body.Survey, Agent: body.About, At: f.At, Begun: f.At})
}

const upsertAnswer = `INSERT INTO survey_answers (` + answerColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
	ON CONFLICT (call_id, n, question) DO UPDATE SET value = excluded.value, min_value = excluded.min_value,
	max_value = excluded.max_value, at = excluded.at`

// answer writes an answer of the survey that the call is in. The last answer to a
// question counts; without a survey there is none.
func answer(ctx context.Context, tx *sql.Tx, f ivr.Fact, body ivr.SurveyAnswered) error {
	open, err := openSurvey(ctx, tx, f.Call)
	if errors.Is(err, ErrNotFound) || err == nil && open.Survey != body.Survey {
		return nil
	}
	if err != nil {
		return err
	}
	a := Answer{Call: f.Call, N: open.N, Survey: body.Survey, Question: body.Question, Value: body.Value,
		Min: body.Min, Max: body.Max, At: f.At, Agent: open.Agent}
	_, err = tx.ExecContext(ctx, upsertAnswer, a.fields()...)
	return err
}

const updateSurvey = `UPDATE surveys SET ended_at = $1, how = $2 WHERE call_id = $3 AND n = $4`

// endSurvey ends the survey that the call is in. Without one, the caller was offered it
// and did not begin.
func endSurvey(ctx context.Context, tx *sql.Tx, f ivr.Fact, body ivr.SurveyEnded) error {
	open, err := openSurvey(ctx, tx, f.Call)
	if errors.Is(err, ErrNotFound) || err == nil && open.Survey != body.Survey {
		return addSurvey(ctx, tx, SurveyResult{Call: f.Call, Survey: body.Survey, At: f.At, Ended: f.At, How: body.How})
	}
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, updateSurvey, wall{&f.At}, body.How, f.Call, open.N)
	return err
}

const closeSurveys = `UPDATE surveys SET ended_at = $1, how = $2 WHERE call_id = $3 AND ended_at IS NULL`

// closeSurvey makes the survey that the call is in, if any, a partial one.
func closeSurvey(ctx context.Context, tx *sql.Tx, f ivr.Fact) error {
	_, err := tx.ExecContext(ctx, closeSurveys, wall{&f.At}, ivr.SurveyPartial, f.Call)
	return err
}

const selectSurveys = `SELECT ` + surveyColumns + `, COALESCE((SELECT s.cluster FROM queue_stays s
		WHERE s.call_id = surveys.call_id AND s.agent = surveys.agent AND s.agent <> '' ORDER BY s.n DESC LIMIT 1), '')
	FROM surveys WHERE at >= $1 AND at < $2 ORDER BY at, call_id, n`

const selectAnswers = `SELECT a.call_id, a.n, a.survey, a.question, a.value, a.min_value, a.max_value, a.at, a.agent
	FROM survey_answers a JOIN surveys s ON s.call_id = a.call_id AND s.n = a.n
	WHERE s.at >= $1 AND s.at < $2 ORDER BY a.at, a.call_id, a.n, a.question`

// SurveyResults gives the surveys offered from (included) to (not included), in that
// order, each with its answers.
func (s *Store) SurveyResults(ctx context.Context, from, to time.Time) ([]*SurveyResult, error) {
	results, err := list(ctx, s.db, (*SurveyResult).read, selectSurveys, wall{&from}, wall{&to})
	if err != nil {
		return nil, fmt.Errorf("surveys: %w", err)
	}
	answers, err := list(ctx, s.db, (*Answer).fields, selectAnswers, wall{&from}, wall{&to})
	if err != nil {
		return nil, fmt.Errorf("answers: %w", err)
	}
	type visit struct {
		call ivr.CallID
		n    int
	}
	byVisit := map[visit]*SurveyResult{}
	for _, r := range results {
		byVisit[visit{r.Call, r.N}] = r
	}
	for _, a := range answers {
		if r := byVisit[visit{a.Call, a.N}]; r != nil { // a survey may have come between the two reads
			r.Answers = append(r.Answers, *a)
		}
	}
	return results, nil
}

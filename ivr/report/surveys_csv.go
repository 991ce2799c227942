package report

import (
	"io"
	"strconv"
	"time"
)

// WriteSurveysCSV writes r for a spreadsheet: dictionary version and query first, then for
// each survey a line in all, one per question, and both again for each group.
func WriteSurveysCSV(w io.Writer, r SurveyReport) error {
	lines := [][]string{
		{"dictionary", strconv.Itoa(r.Dictionary)},
		{"query", "surveys", "from", r.From.Format(time.RFC3339), "to", r.To.Format(time.RFC3339), "by", r.By, "target", ratio(&r.Target)},
		{"survey", r.By, "question", "offered", "begun", "complete", "declined", "response", "completion",
			"n", "mean", "1", "2", "3", "4", "5", "satisfied", "other_scale"},
	}
	for _, row := range r.Rows {
		survey := defuse(row.Survey)
		lines = append(lines, append([]string{survey, "total", "total", strconv.Itoa(row.Offered), strconv.Itoa(row.Begun),
			strconv.Itoa(row.Complete), strconv.Itoa(row.Declined), ratio(row.Response), ratio(row.Completion)}, answerCells(row.All)...))
		lines = append(lines, questionLines(survey, "total", row.Questions)...)
		for _, g := range row.Groups {
			lines = append(lines, append([]string{survey, defuse(g.Group), "total", nothing, strconv.Itoa(g.Begun),
				strconv.Itoa(g.Complete), nothing, nothing, ratio(g.Completion)}, answerCells(g.All)...))
			lines = append(lines, questionLines(survey, defuse(g.Group), g.Questions)...)
		}
	}
	return writeLines(w, lines)
}

func questionLines(survey, group string, questions []QuestionRow) [][]string {
	lines := make([][]string, len(questions))
	for i, q := range questions {
		lines[i] = append([]string{survey, group, defuse(q.Question), nothing, nothing, nothing, nothing, nothing, nothing}, answerCells(q.Answers)...)
	}
	return lines
}

func answerCells(a Answers) []string {
	cells := []string{strconv.Itoa(a.N), ratio(a.Mean)}
	for _, n := range a.Counts {
		cells = append(cells, strconv.Itoa(n))
	}
	return append(cells, ratio(a.Satisfied), strconv.Itoa(a.OtherScale))
}

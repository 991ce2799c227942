package bundle

import (
	"fmt"
	"time"

	"go.yaml.in/yaml/v4"

	"talian/ivr/flow"
)

// topicText is one topic of a content file, or a group of topics.
type topicText struct {
	ID    string         `flow:"id,required"`
	About string         `flow:"about"`
	Title string         `flow:"title,required" is:"prompt"`
	Body  []string       `flow:"body" is:"prompt"`
	From  string         `flow:"from"`
	Until string         `flow:"until"`
	List  []subtopicText `flow:"list"`
}

// subtopicText is a topic of a group.
type subtopicText struct {
	ID    string   `flow:"id,required"`
	About string   `flow:"about"`
	Title string   `flow:"title,required" is:"prompt"`
	Body  []string `flow:"body,required" is:"prompt"`
	From  string   `flow:"from"`
	Until string   `flow:"until"`
}

// contentText is a file of topics or a survey, with the places of its parts.
type contentText struct {
	*text
	id string
}

// place gives where a field was written, or the file when it was not.
func (t *contentText) place(path string) *yaml.Node {
	if at := t.at[path]; at != nil {
		return at
	}
	return t.s.root
}

// readTopics reads the content files of hubs.
func (b *builder) readTopics() {
	b.program.Topics = map[string]*flow.Topics{}
	for _, s := range b.readAll("topics") {
		t := &contentText{text: &text{b: b, s: s, at: places{}}, id: s.stem()}
		var file struct {
			Topics string      `flow:"topics,required"`
			List   []topicText `flow:"list,required"`
		}
		if !t.fields(s.root, &file, "") {
			continue
		}
		t.named("topics", file.Topics)
		topics := &flow.Topics{Name: s.stem()}
		ids := map[string]bool{}
		for i, w := range file.List {
			path := fmt.Sprintf("list.%d", i)
			topic := t.topic(subtopicText{w.ID, w.About, w.Title, w.Body, w.From, w.Until}, path, ids)
			for j, inner := range w.List {
				topic.List = append(topic.List, t.topic(inner, fmt.Sprintf("%s.list.%d", path, j), ids))
			}
			if (len(w.Body) == 0) == (len(w.List) == 0) && t.at[path] != nil {
				t.complain(t.at[path], "E105", nil, "a topic has either a body or a list of topics")
			}
			topics.List = append(topics.List, topic)
		}
		b.program.Topics[s.stem()] = topics
		b.topics = append(b.topics, t)
	}
}

// named looks whether a file has the name of what it holds.
func (t *contentText) named(key, name string) {
	if at := t.at[key]; at != nil && name != t.s.stem() {
		t.complain(at, "E108", nil, "%s %q must be in %s.yaml", key, name, name)
	}
	t.text.id(t.s.stem(), t.s.root)
}

func (t *contentText) topic(w subtopicText, path string, ids map[string]bool) flow.Topic {
	if at := t.at[path+".id"]; at != nil {
		t.text.id(w.ID, at)
		if ids[w.ID] {
			t.complain(at, "E109", nil, "the topic %q is in this file twice", w.ID)
		}
		ids[w.ID] = true
	}
	topic := flow.Topic{ID: w.ID, About: w.About, Title: w.Title, Body: w.Body,
		From: t.day(w.From, path+".from", 0), Until: t.day(w.Until, path+".until", 1)}
	if !topic.Until.IsZero() && !topic.From.Before(topic.Until) {
		t.complain(t.at[path+".until"], "E605", nil, "%s is before %s", w.Until, w.From)
	}
	return topic
}

// day gives the midnight at which a day begins in the bundle's zone, some days later.
func (t *contentText) day(word, path string, later int) time.Time {
	if word == "" {
		return time.Time{}
	}
	day, err := time.ParseInLocation(time.DateOnly, word, t.b.program.Location)
	if err != nil {
		t.complain(t.at[path], "E605", nil, "%q is not a date such as 2026-03-20", word)
		return time.Time{}
	}
	return day.AddDate(0, 0, later)
}

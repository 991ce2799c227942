package flow

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"talian/ivr"
	"talian/ivr/prompt"
)

// Hub tells callers about topics from a content file: menus are built from it.
//
//	information: {type: hub, topics: public_information, exits: {done: more, no_input: more, no_match: more}}
//
// Topics that are not valid today are left out. After a topic 1 plays it again, 2 leads
// back to the list, 3 is done.
type Hub struct {
	Try
	Prompt  []string `flow:"prompt" is:"prompt"` // before the first list
	Topics  string   `flow:"topics,required" is:"topics"`
	PerPage int      `flow:"per_page" default:"5" min:"2" max:"8"`
}

// Parts of a hub.
const (
	partList  = "list"
	partTopic = "topic"
)

// enter puts the first page. What is valid is settled here, for as long as the caller stays.
func (h *Hub) enter(r *run, n *Node) Out {
	r.s.Turn.Since = r.w.Now
	if len(h.list(r, "")) == 0 {
		r.fault(r.place(), fmt.Sprintf("nothing of %q is valid today", h.Topics))
		return r.exit("done")
	}
	return h.put(r, n, "", 0)
}

// put asks a page of the list below a path, or tells the topic at its end.
func (h *Hub) put(r *run, n *Node, path string, page int) Out {
	r.s.Turn.Topic, r.s.Turn.At = path, page
	part := partList
	if topic, found := h.topic(r, path); found && len(topic.List) == 0 {
		part = partTopic
	}
	return h.within(r, n, r.put(n, part, h.asks(r, part)))
}

func (h *Hub) input(r *run, n *Node, in Input) Out {
	return h.within(r, n, r.answer(n, h.asks(r, r.s.Turn.Part), in))
}

// within keeps BACK and REPEAT inside the hub: from a topic or a group to the list that it
// is in, and to what was said last.
func (h *Hub) within(r *run, n *Node, out Out) Out {
	turn := &r.s.Turn
	switch {
	case r.taken != "": // an exit, wherever it leads
		return out
	case out.Word == Back && turn.Topic != "":
		return h.up(r, n)
	case out.Word == Repeat:
		return h.put(r, n, turn.Topic, turn.At)
	}
	return out
}

// up leads to the page that the topic or group is on.
func (h *Hub) up(r *run, n *Node) Out {
	parent, id := above(r.s.Turn.Topic)
	at := slices.IndexFunc(h.list(r, parent), func(t Topic) bool { return t.ID == id })
	return h.put(r, n, parent, max(0, at)/h.PerPage)
}

// above splits a path into what is above its end, and the end.
func above(path string) (parent, id string) {
	i := strings.LastIndexByte(path, '/')
	return path[:max(0, i)], path[i+1:]
}

// list gives the valid topics and groups below a path.
func (h *Hub) list(r *run, path string) []Topic {
	if topic, found := h.topic(r, path); found {
		return valid(topic.List, r.s.Turn.Since)
	}
	if topics := r.p.Topics[h.Topics]; topics != nil && path == "" {
		return valid(topics.List, r.s.Turn.Since)
	}
	return nil
}

// topic gives the topic or group at the end of a path.
func (h *Hub) topic(r *run, path string) (Topic, bool) {
	if path == "" {
		return Topic{}, false
	}
	parent, id := above(path)
	list := h.list(r, parent)
	i := slices.IndexFunc(list, func(t Topic) bool { return t.ID == id })
	if i < 0 {
		return Topic{}, false
	}
	return list[i], true
}

// valid leaves out what is not valid at a moment, and groups of which nothing is.
func valid(topics []Topic, at time.Time) []Topic {
	var all []Topic
	for _, t := range topics {
		begun, over := !at.Before(t.From), !t.Until.IsZero() && !at.Before(t.Until)
		if begun && !over && (len(t.List) == 0 || len(valid(t.List, at)) > 0) {
			all = append(all, t)
		}
	}
	return all
}

func (h *Hub) asks(r *run, part string) question {
	if part == partTopic {
		topic, _ := h.topic(r, r.s.Turn.Topic)
		return &hubTopic{h, topic}
	}
	list := h.list(r, r.s.Turn.Topic)
	from := min(r.s.Turn.At*h.PerPage, len(list))
	page := &hubPage{Hub: h, topics: list[from:min(from+h.PerPage, len(list))]}
	if len(list) > h.PerPage {
		page.more = strconv.Itoa(len(page.topics) + 1)
		page.pages = (len(list) + h.PerPage - 1) / h.PerPage
	}
	return page
}

// hubPage asks which topic of a page the caller wants.
type hubPage struct {
	*Hub
	topics []Topic
	more   string // key of the next page; "" = there is one page only
	pages  int
}

func (p *hubPage) words(r *run, _ *Node, short bool) ([]prompt.Item, error) {
	var items []prompt.Item
	if !short && r.s.Turn.Topic == "" && !r.s.Turn.Offered {
		intro, err := r.words(p.Prompt, nil)
		if err != nil {
			return nil, err
		}
		items = intro
	}
	for i, topic := range p.topics {
		option, err := r.p.Prompts.Say(r.s.Lang, PromptHubOption, map[string]any{"topic": topic.Title, "n": i + 1})
		if err != nil {
			return nil, err
		}
		items = append(items, option...)
	}
	if p.more != "" {
		more, err := r.p.Prompts.Say(r.s.Lang, PromptHubMore, map[string]any{"n": p.more})
		if err != nil {
			return nil, err
		}
		items = append(items, more...)
	}
	return items, nil
}

func (p *hubPage) valid(key string) bool {
	i, err := strconv.Atoi(key)
	return key == p.more || err == nil && i >= 1 && i <= len(p.topics)
}

func (p *hubPage) choose(r *run, n *Node, key string) Out {
	turn := &r.s.Turn
	turn.Offered = true
	if key == p.more {
		return p.put(r, n, turn.Topic, (turn.At+1)%p.pages)
	}
	i, _ := strconv.Atoi(key)
	topic := p.topics[i-1]
	r.do(Tell{ivr.CallChose{Flow: r.s.Flow, Node: n.ID, Key: key, Choice: topic.ID, Words: topic.About}})
	return p.put(r, n, strings.TrimPrefix(turn.Topic+"/"+topic.ID, "/"), 0)
}

func (p *hubPage) given(r *run, _ *Node, failure string) Out { return r.exit(failure) }

// hubTopic tells a topic and asks what next. From the second time on only that is asked.
type hubTopic struct {
	*Hub
	topic Topic
}

const (
	keyTopicAgain = "1"
	keyTopicList  = "2"
	keyTopicDone  = "3"
)

func (t *hubTopic) words(r *run, _ *Node, _ bool) ([]prompt.Item, error) {
	ids := []string{PromptHubAfter}
	if r.s.Turn.Tries == 0 {
		ids = slices.Concat(t.topic.Body, ids)
	}
	return r.words(ids, nil)
}

func (t *hubTopic) valid(key string) bool {
	return key == keyTopicAgain || key == keyTopicList || key == keyTopicDone
}

func (t *hubTopic) choose(r *run, n *Node, key string) Out {
	switch key {
	case keyTopicAgain:
		return t.put(r, n, r.s.Turn.Topic, r.s.Turn.At)
	case keyTopicList:
		return t.up(r, n)
	}
	return r.exit("done")
}

// given is done: the caller has what they came for.
func (t *hubTopic) given(r *run, _ *Node, _ string) Out { return r.exit("done") }

// Speaks is true: it asks.
func (h *Hub) Speaks() bool { return true }

// Outs gives done, no_input, no_match and error.
func (h *Hub) Outs() ([]string, []Out) {
	return []string{"done", "no_input", "no_match", "error"}, nil
}

// Prompts gives what comes before the first list; the topics have prompts of their own.
func (h *Hub) Prompts() []Said { return []Said{{Field: "prompt", IDs: h.Prompt}} }

// Needs gives the words around the topics.
func (h *Hub) Needs() map[string]map[string]prompt.SlotType {
	return map[string]map[string]prompt.SlotType{
		PromptHubOption: {"topic": prompt.Text, "n": prompt.Digits},
		PromptHubMore:   {"n": prompt.Digits},
		PromptHubAfter:  {},
	}
}

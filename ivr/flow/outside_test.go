package flow_test

import (
	"testing"
	"time"

	"talian/ivr/flow"
)

const outsidePrompts = `
wait_please: {en: {text: "One moment."}, ms: {text: "Sebentar."}}
callback_number: {slots: {n: phone}, en: {text: "For {n}, press 1. For another, press 2."}, ms: {text: "Untuk {n}, tekan 1. Untuk yang lain, tekan 2."}}
callback_enter: {en: {text: "Enter the number, then hash."}, ms: {text: "Masukkan nombor, kemudian pagar."}}
read_back: {slots: {n: digits}, en: {text: "{n}. If right, press 1. Again, press 2."}, ms: {text: "{n}. Jika betul, tekan 1. Ulang, tekan 2."}}
callback_slot: {slots: {d: date, t: time, u: time}, en: {text: "On {d} from {t} until {u}: press 1. Later, press 2. Never, press 3."}, ms: {text: "Pada {d} dari {t} hingga {u}: tekan 1. Kemudian, tekan 2. Tidak, tekan 3."}}
callback_booked: {slots: {d: date, t: time, u: time}, en: {text: "Booked on {d} from {t} until {u}."}, ms: {text: "Ditempah pada {d} dari {t} hingga {u}."}}
hub_option: {slots: {topic: text, n: digits}, en: {text: "For {topic}, press {n}."}, ms: {text: "Untuk {topic}, tekan {n}."}}
hub_more: {slots: {n: digits}, en: {text: "For more, press {n}."}, ms: {text: "Untuk lagi, tekan {n}."}}
hub_after: {en: {text: "Again, press 1. List, press 2. Done, press 3."}, ms: {text: "Ulang, tekan 1. Senarai, tekan 2. Selesai, tekan 3."}}
topics_intro: {en: {text: "Information."}, ms: {text: "Maklumat."}}
title_passport: {en: {text: "passports"}, ms: {text: "pasport"}}
title_tax: {en: {text: "taxes"}, ms: {text: "cukai"}}
title_road: {en: {text: "roads"}, ms: {text: "jalan"}}
title_haze: {en: {text: "haze"}, ms: {text: "jerebu"}}
title_income: {en: {text: "income tax"}, ms: {text: "cukai pendapatan"}}
title_land: {en: {text: "land tax"}, ms: {text: "cukai tanah"}}
body_passport: {en: {text: "Passports are renewed online."}, ms: {text: "Pasport diperbaharui dalam talian."}}
body_road: {en: {text: "Road tax is paid online."}, ms: {text: "Cukai jalan dibayar dalam talian."}}
body_haze: {en: {text: "Stay inside."}, ms: {text: "Duduk di dalam."}}
body_income: {en: {text: "By the end of April."}, ms: {text: "Sebelum akhir April."}}
body_land: {en: {text: "By the end of May."}, ms: {text: "Sebelum akhir Mei."}}
survey_consent: {en: {text: "Yes, press 1. No, press 2."}, ms: {text: "Ya, tekan 1. Tidak, tekan 2."}}
csi_intro: {en: {text: "Some questions."}, ms: {text: "Beberapa soalan."}}
csi_q1: {en: {text: "First?"}, ms: {text: "Pertama?"}}
csi_q2: {en: {text: "Is it good?"}, ms: {text: "Baik?"}}
csi_q3: {en: {text: "Third?"}, ms: {text: "Ketiga?"}}
csi_q4: {en: {text: "Fourth?"}, ms: {text: "Keempat?"}}
`

const outsideTopics = `topics: news
list:
  - {id: passport, about: Passport renewal, title: title_passport, body: [body_passport, second]}
  - {id: haze, title: title_haze, body: [body_haze], from: 2026-03-05, until: 2026-03-10}
  - id: tax
    title: title_tax
    list:
      - {id: income, title: title_income, body: [body_income]}
      - {id: land, title: title_land, body: [body_land], until: 2026-03-04}
  - {id: road, title: title_road, body: [body_road]}
`

const outsideSurvey = `survey: csi
intro: csi_intro
scale: {min: 1, max: 5}
skip_key: "#"
stop_key: "*"
questions:
  - {id: q1, prompt: csi_q1}
  - {id: q2, prompt: csi_q2, when: lang == "ms"}
  - {id: q3, prompt: csi_q3}
  - {id: q4, prompt: csi_q4}
`

// outside loads a bundle with all that nodes need that work with the outside.
func outside(t testing.TB, main string) *flow.Program {
	t.Helper()
	return program(t, main, map[string]string{
		"prompts/outside.yaml": outsidePrompts,
		"topics/news.yaml":     outsideTopics,
		"surveys/csi.yaml":     outsideSurvey,
		"services.yaml":        "services: {cases: {base: https://crm.example.gov.my/api}}\n",
		"env/here.yaml": "boxes: [general]\nskills: {language: [en, ms], cluster: {health: kesihatan, one: one, two: two}}\n" +
			"desks: {complaints: {kind: complaint, due_else: 14}}\n",
	})
}

// at moves a call that has not begun to a moment, written as in RFC 3339.
func (c *phone) at(moment string) *phone {
	c.t.Helper()
	now, err := time.Parse(time.RFC3339, moment)
	if err != nil {
		c.t.Fatal(err)
	}
	c.now = now
	return c
}

// node fails unless the call is at a node of the main flow.
func (c *phone) node(want string) {
	c.t.Helper()
	if c.s.Flow != "main" || c.s.Node != want {
		c.t.Fatalf("at %s.%s, want %s; facts %v", c.s.Flow, c.s.Node, want, c.facts)
	}
}

// one gives the only effect of a kind in the last step.
func one[E flow.Effect](c *phone) E {
	c.t.Helper()
	e, found := did[E](c)
	if !found {
		c.t.Fatalf("no %T: %v; facts %v", e, c.last, c.facts)
	}
	return e
}

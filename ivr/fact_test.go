package ivr

import (
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// fill gives every field of a value something that is not its zero.
func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(time.Date(2026, 3, 2, 4, 5, 6, 7e6, time.UTC)))
			return
		}
		for i := range v.NumField() {
			fill(v.Field(i))
		}
	case reflect.String:
		v.SetString("x")
	case reflect.Int, reflect.Int64:
		v.SetInt(7)
	case reflect.Uint64:
		v.SetUint(7)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Map:
		m := reflect.MakeMap(v.Type())
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(key)
		fill(value)
		m.SetMapIndex(key, value)
		v.Set(m)
	case reflect.Slice:
		s := reflect.MakeSlice(v.Type(), 1, 1)
		fill(s.Index(0))
		v.Set(s)
	default:
		panic("no filling for a " + v.Kind().String())
	}
}

// full gives a value of the same type with every field set.
func full[T any](of T) T {
	v := reflect.New(reflect.TypeOf(of)).Elem()
	fill(v)
	return v.Interface().(T)
}

func TestFactsThroughJSON(t *testing.T) {
	for kind, decode := range bodyTable {
		empty, err := decode(nil)
		if err != nil {
			t.Fatal(err)
		}
		if empty.Kind() != kind {
			t.Errorf("the table gives %s for %s", empty.Kind(), kind)
		}
		for _, body := range []Body{empty, full(empty)} {
			f := Fact{Seq: 3, At: time.Date(2026, 3, 2, 4, 5, 6, 7e6, time.UTC), Mono: 9, Call: "c1", Agent: "a1", Body: body}
			data, err := json.Marshal(f)
			if err != nil {
				t.Fatal(err)
			}
			var back Fact
			if err := json.Unmarshal(data, &back); err != nil {
				t.Fatalf("%s: %v", data, err)
			}
			if diff := cmp.Diff(f, back); diff != "" {
				t.Errorf("%s (-written +read):\n%s", kind, diff)
			}
		}
	}
}

func TestUnknownFactsPass(t *testing.T) {
	const text = `{"seq":1,"at":"2026-03-02T04:05:06.007Z","mono":2,"kind":"call.sung","call":"c1","data":{"song":["la",1]}}`
	var f Fact
	if err := json.Unmarshal([]byte(text), &f); err != nil {
		t.Fatal(err)
	}
	if f.Body.Kind() != "call.sung" {
		t.Errorf("kind %s", f.Body.Kind())
	}
	if again, err := json.Marshal(f); err != nil || string(again) != text {
		t.Errorf("%s, %v", again, err)
	}
	b := NewBoard()
	b.Apply(f)
	if b.Seq != 1 || len(b.Calls) > 0 {
		t.Errorf("board %+v", b)
	}
}

func TestBadFacts(t *testing.T) {
	for _, text := range []string{`{"kind":"call.queued","data":{"queue":7}}`, `{"at":"yesterday"}`, `[]`, ``} {
		var f Fact
		if err := json.Unmarshal([]byte(text), &f); err == nil {
			t.Errorf("%q is taken as %+v", text, f)
		}
	}
	if _, err := json.Marshal(Fact{Seq: 1}); err == nil {
		t.Error("a fact without a body is written")
	}
}

func TestIntentsThroughJSON(t *testing.T) {
	for kind, decode := range wantTable {
		empty, err := decode(nil)
		if err != nil || empty.Kind() != kind {
			t.Fatalf("%s: %v, %v", kind, empty, err)
		}
		in := Intent{ID: "i1", Agent: "a1", Call: "c1", Want: full(empty)}
		data, err := json.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		var back Intent
		if err := json.Unmarshal(data, &back); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(in, back); diff != "" {
			t.Errorf("%s:\n%s", kind, diff)
		}
	}
	for _, text := range []string{`{"kind":"fly"}`, `{"kind":"call.accept","data":{"lease":1}}`} {
		var i Intent
		var refusal *Error
		if err := json.Unmarshal([]byte(text), &i); !errors.As(err, &refusal) || refusal.Code != CodeInvalid {
			t.Errorf("%s: %v", text, err)
		}
	}
	if _, err := json.Marshal(Intent{}); err == nil {
		t.Error("an intent that wants nothing is written")
	}
}

func TestSince(t *testing.T) {
	at := time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		later, earlier Stamp
		want           Millis
	}{
		"by the boot clock":       {Stamp{at.Add(-time.Hour), 5000}, Stamp{at, 2000}, 3000},
		"after a boot, wall time": {Stamp{at.Add(time.Minute), 100}, Stamp{at, 2000}, 60000},
		"after a boot, backwards": {Stamp{at.Add(-time.Minute), 100}, Stamp{at, 2000}, 0},
	} {
		if got := c.later.Since(c.earlier); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}

func TestIDs(t *testing.T) {
	at := time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC)
	ids := []string{string(NewCallID(at)), string(NewCallID(at.Add(time.Second))), string(NewCallID(at.Add(time.Minute)))}
	if !slices.IsSorted(ids) || ids[0][0] != 'c' || strings.ToLower(ids[0]) != ids[0] {
		t.Errorf("ids %v", ids)
	}
	if a, b := NewSecret(), NewSecret(); a == b || len(a) != 32 {
		t.Errorf("secrets %q %q", a, b)
	}
	for id, want := range map[string]bool{"agent01": true, "a": true, "a-b_c": true, "": false, "A": false, "1a": false, "a b": false,
		"a/b": false, "ä": false, strings.Repeat("a", 32): true, strings.Repeat("a", 33): false} {
		if ValidAgentID(id) != want {
			t.Errorf("%q valid: %t", id, !want)
		}
	}
}

func TestHas(t *testing.T) {
	p := Profile{Skills: map[string][]string{"language": {"ms", "en"}, "cluster": {"tax"}}}
	for _, c := range []struct {
		required map[string]string
		want     bool
	}{{nil, true}, {map[string]string{"language": ""}, true}, {map[string]string{"language": "en", "cluster": "tax"}, true},
		{map[string]string{"language": "ta"}, false}, {map[string]string{"floor": "2"}, false}} {
		if got := p.Has(c.required); got != c.want {
			t.Errorf("has %v: %t", c.required, got)
		}
	}
}

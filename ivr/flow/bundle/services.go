package bundle

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"talian/ivr/flow"
)

// serviceText is one outside service of services.yaml.
type serviceText struct {
	Base       string        `flow:"base,required"`
	Networks   []string      `flow:"networks"` // addresses it may have; none = public ones
	Header     string        `flow:"header"`
	Prefix     string        `flow:"prefix"`
	Secret     string        `flow:"secret"` // name of a file, never the secret itself
	AtOnce     int           `flow:"at_once" default:"20" min:"1" max:"1000"`
	Failures   int           `flow:"failures" default:"5" min:"1" max:"1000"`
	Rest       time.Duration `flow:"rest" default:"30s" min:"1s" max:"1h"`
	Repeatable bool          `flow:"repeatable"` // does nothing twice for one Idempotency-Key
}

// baseText is the address that a service has at one site.
type baseText struct {
	Base     string   `flow:"base,required"`
	Networks []string `flow:"networks"`
}

// readServices reads services.yaml; without that file there is no service.
func (b *builder) readServices() {
	b.program.Services, b.repeatable = map[string]flow.Service{}, map[string]bool{}
	s, found := b.read("services.yaml")
	if !found || s.root == nil {
		return
	}
	t := &text{b: b, s: s, at: places{}}
	var file struct {
		Services map[string]serviceText `flow:"services,required"`
	}
	t.fields(s.root, &file, "")
	for _, name := range sortedKeys(file.Services) {
		w, path := file.Services[name], "services."+name
		t.id(name, t.at[path+"@"])
		if (w.Header == "") != (w.Secret == "") {
			t.complain(t.at[path], "E105", nil, "a header and the secret that it carries belong together")
		}
		if at := t.at[path+".secret"]; at != nil && !flow.ValidID(w.Secret) {
			t.complain(at, "E602", nil, "this is no name of a file with a secret; keep the secret itself out of the bundle")
		}
		b.repeatable[name] = w.Repeatable
		b.program.Services[name] = flow.Service{Name: name, Base: t.base(w.Base, t.at[path+".base"]), Networks: t.networks(w.Networks, t.at[path+".networks"]),
			Header: w.Header, Prefix: w.Prefix, Secret: w.Secret, AtOnce: w.AtOnce, Failures: w.Failures, Rest: w.Rest}
	}
}

// bases reads the addresses that services have at this site: a word, or base and networks.
func (t *text) bases(n *yaml.Node) {
	t.pairs(n, func(key, value *yaml.Node) {
		var w baseText
		path := "services." + key.Value
		if value.Kind == yaml.ScalarNode {
			w.Base, _ = t.word(value)
			t.at[path+".base"] = value
		} else {
			t.fields(value, &w, path+".")
		}
		service, known := t.b.program.Services[key.Value]
		if !known {
			if !t.b.unread["services.yaml"] {
				names := sortedKeys(t.b.program.Services)
				t.complain(key, "E601", names, "services.yaml has no service %q%s", key.Value, nearest(key.Value, names))
			}
			return
		}
		service.Base = t.base(w.Base, t.at[path+".base"])
		if len(w.Networks) > 0 {
			service.Networks = t.networks(w.Networks, t.at[path+".networks"])
		}
		t.b.program.Services[key.Value] = service
	})
}

// base reads the address of a service, without a slash at the end.
func (t *text) base(word string, at *yaml.Node) string {
	if at == nil || word == "" {
		return ""
	}
	address, err := url.Parse(word)
	switch {
	case err != nil || !slices.Contains([]string{"http", "https"}, address.Scheme) || address.Host == "":
		t.complain(at, "E603", nil, "%q is not an address such as https://host/path", word)
	case address.RawQuery != "" || address.Fragment != "":
		t.complain(at, "E603", nil, "an address ends with its path; a query belongs to the node that asks")
	}
	return strings.TrimRight(word, "/")
}

// networks reads address ranges such as 10.20.0.0/16.
func (t *text) networks(words []string, at *yaml.Node) []netip.Prefix {
	var all []netip.Prefix
	for i, word := range words {
		prefix, err := netip.ParsePrefix(word)
		if err != nil {
			t.complain(itemAt(at, i), "E105", nil, "%q is not a range of addresses such as 10.20.0.0/16", word)
			continue
		}
		all = append(all, prefix.Masked())
	}
	return all
}

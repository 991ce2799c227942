package bundle

import (
	"reflect"
	"slices"

	"talian/ivr/flow"
)

// Field is one key of a mapping of a bundle's files, as the decoder knows it.
type Field struct {
	Name     string
	Required bool
	Type     reflect.Type
	Tag      reflect.StructTag // see flow.Spec for what it holds
}

// Fields lists the keys of the mapping that a struct is read from, in their order; those
// of embedded structs stand in the place of the struct.
func Fields(t reflect.Type) []Field {
	var all []Field
	for _, f := range fieldsOf(reflect.New(t).Elem()) {
		all = append(all, Field{Name: f.name, Required: f.required, Type: f.value.Type(), Tag: f.tag})
	}
	return all
}

// Form is the mapping at the top of one kind of file, or one that files of a kind share.
type Form string

// The forms. What a form leaves to its reader, because it can be written in two ways, is
// in its comment.
const (
	SiteForm     Form = "site"     // ivr.yaml; numbers
	NumberForm   Form = "number"   // one of numbers, or the flow's id alone
	FlowForm     Form = "flow"     // flows/*.yaml; vars, nodes
	VariableForm Form = "variable" // one of vars
	NodeForm     Form = "node"     // what every node has; see NodeFields
	QueueForm    Form = "queue"    // one of queues.yaml
	EnvForm      Form = "env"      // env/*.yaml; skills, boxes, services
	BoxForm      Form = "box"      // one of boxes
	BaseForm     Form = "base"     // one of services, or its address alone
	ServiceForm  Form = "service"  // one of services.yaml
	TopicForm    Form = "topic"    // one of list in topics/*.yaml
	SurveyForm   Form = "survey"   // surveys/*.yaml
)

// Type gives the struct that the mapping is read into.
func (f Form) Type() reflect.Type {
	return map[Form]reflect.Type{
		SiteForm: reflect.TypeFor[siteHead](), NumberForm: reflect.TypeFor[entryText](), FlowForm: reflect.TypeFor[flowHead](),
		VariableForm: reflect.TypeFor[varText](), NodeForm: reflect.TypeFor[nodeHead](), QueueForm: reflect.TypeFor[queueText](),
		EnvForm: reflect.TypeFor[envHead](), BoxForm: reflect.TypeFor[boxText](), BaseForm: reflect.TypeFor[baseText](),
		ServiceForm: reflect.TypeFor[serviceText](), TopicForm: reflect.TypeFor[topicText](), SurveyForm: reflect.TypeFor[surveyText](),
	}[f]
}

// NodeFields lists the keys of a node of a type: type, about and mark, its own, those of
// every node that asks, then visits and the ways out.
func NodeFields(t flow.Type) []Field {
	head := Fields(NodeForm.Type())
	last := slices.IndexFunc(head, func(f Field) bool { return f.Name == "visits" })
	var own, asks []Field
	common := Fields(reflect.TypeFor[flow.Try]())
	for _, f := range Fields(reflect.TypeOf(t.New()).Elem()) {
		if slices.ContainsFunc(common, func(c Field) bool { return c.Name == f.Name && c.Type == f.Type }) {
			asks = append(asks, f)
		} else {
			own = append(own, f)
		}
	}
	return slices.Concat(head[:last], own, asks, head[last:])
}

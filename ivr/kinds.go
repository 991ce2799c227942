package ivr

import "encoding/json"

// The kinds, in the order of the bodies.
func (CallArrived) Kind() string        { return "call.arrived" }
func (CallAnswered) Kind() string       { return "call.answered" }
func (CallChose) Kind() string          { return "call.chose" }
func (CallLanguage) Kind() string       { return "call.language" }
func (CallMarked) Kind() string         { return "call.marked" }
func (CallQueued) Kind() string         { return "call.queued" }
func (CallDequeued) Kind() string       { return "call.dequeued" }
func (CallOffered) Kind() string        { return "call.offered" }
func (CallOfferEnded) Kind() string     { return "call.offer_ended" }
func (CallConnected) Kind() string      { return "call.connected" }
func (CallHeld) Kind() string           { return "call.held" }
func (CallRetrieved) Kind() string      { return "call.retrieved" }
func (CallReleased) Kind() string       { return "call.released" }
func (CallEnded) Kind() string          { return "call.ended" }
func (CallWrapped) Kind() string        { return "call.wrapped" }
func (CallDisposed) Kind() string       { return "call.disposed" }
func (VoicemailLeft) Kind() string      { return "voicemail.left" }
func (RecordingKept) Kind() string      { return "recording.kept" }
func (CaseOpened) Kind() string         { return "case.opened" }
func (CaseAppended) Kind() string       { return "case.appended" }
func (CaseMoved) Kind() string          { return "case.moved" }
func (CallbackBooked) Kind() string     { return "callback.booked" }
func (SurveyBegun) Kind() string        { return "survey.begun" }
func (SurveyAnswered) Kind() string     { return "survey.answered" }
func (SurveyEnded) Kind() string        { return "survey.ended" }
func (TransferBegan) Kind() string      { return "transfer.began" }
func (TransferAnswered) Kind() string   { return "transfer.answered" }
func (TransferEnded) Kind() string      { return "transfer.ended" }
func (LanguageRemembered) Kind() string { return "language.remembered" }
func (BundleSet) Kind() string          { return "bundle.set" }
func (BundleRefused) Kind() string      { return "bundle.refused" }
func (CallFault) Kind() string          { return "call.fault" }
func (AgentSignedIn) Kind() string      { return "agent.signed_in" }
func (AgentSignedOut) Kind() string     { return "agent.signed_out" }
func (AgentChanged) Kind() string       { return "agent.changed" }
func (LineChanged) Kind() string        { return "line.changed" }
func (HoursSet) Kind() string           { return "hours.set" }

func read[T Body](data json.RawMessage) (Body, error) {
	var body T
	if len(data) == 0 {
		return body, nil
	}
	err := json.Unmarshal(data, &body)
	return body, err
}

//nolint:gochecknoglobals // a constant table, written once
var bodyTable = map[string]func(json.RawMessage) (Body, error){
	"call.arrived":        read[CallArrived],
	"call.answered":       read[CallAnswered],
	"call.chose":          read[CallChose],
	"call.language":       read[CallLanguage],
	"call.marked":         read[CallMarked],
	"call.queued":         read[CallQueued],
	"call.dequeued":       read[CallDequeued],
	"call.offered":        read[CallOffered],
	"call.offer_ended":    read[CallOfferEnded],
	"call.connected":      read[CallConnected],
	"call.held":           read[CallHeld],
	"call.retrieved":      read[CallRetrieved],
	"call.released":       read[CallReleased],
	"call.ended":          read[CallEnded],
	"call.wrapped":        read[CallWrapped],
	"call.disposed":       read[CallDisposed],
	"voicemail.left":      read[VoicemailLeft],
	"recording.kept":      read[RecordingKept],
	"case.opened":         read[CaseOpened],
	"case.appended":       read[CaseAppended],
	"case.moved":          read[CaseMoved],
	"callback.booked":     read[CallbackBooked],
	"survey.begun":        read[SurveyBegun],
	"survey.answered":     read[SurveyAnswered],
	"survey.ended":        read[SurveyEnded],
	"transfer.began":      read[TransferBegan],
	"transfer.answered":   read[TransferAnswered],
	"transfer.ended":      read[TransferEnded],
	"language.remembered": read[LanguageRemembered],
	"bundle.set":          read[BundleSet],
	"bundle.refused":      read[BundleRefused],
	"call.fault":          read[CallFault],
	"agent.signed_in":     read[AgentSignedIn],
	"agent.signed_out":    read[AgentSignedOut],
	"agent.changed":       read[AgentChanged],
	"line.changed":        read[LineChanged],
	"hours.set":           read[HoursSet],
}

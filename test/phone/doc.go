// Package phone holds the two ends of a call as test programs: a citizen's SIP
// phone and an agent's line as a browser has it, both headless.
//
// Each has a Mouth, which sends a tone or silence, and an Ear, which tells what
// was heard and when. When every party sends its own tone, "who hears whom" is a
// question that a test can ask and a wrong bridge cannot hide from. For spoken
// prompts the Ear compares what it heard with the sound file that should have
// been played.
//
// Nothing here knows Asterisk or the rest of Talian. A Citizen owns one SIP
// socket and one pair of RTP ports, an AgentLine one websocket and one peer
// connection per leg. Both release everything when their call or line has ended;
// the goroutines they start end with them.
//
// sipgo's websocket transport warns through its package-wide logger when a socket
// is closed under it. Programs that mind call sip.SetDefaultLogger before the
// first phone.
package phone

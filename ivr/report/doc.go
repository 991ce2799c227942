// Package report turns records into figures, by version 1 of the metric dictionary. It
// keeps nothing; every figure is reckoned from the rows, in whole milliseconds.
//
// The definitions. A stay is one entry of a call into a queue; a call that enters twice
// is offered twice. Who is turned away at the door has a stay that was over as it began.
//
//	M1  offered          stays that began (queued_at) in the time asked for, those of callers
//	                     turned away included
//	M2  answered         offered that reached connected_at
//	M3  abandoned        the caller hung up between queued_at and connected_at;
//	                     short: within 5 s; short ones are abandoned too
//	M4  other outcomes   each by its name; who still waits is "open", who was turned away is
//	                     "full" or "no_agents", or "fault" when it could not be told what to
//	                     ask for. offered = answered + abandoned + others, checked for every
//	                     quarter of an hour. They are in no service level but connect (M8)
//	M5  ASA              sum(connected_at − queued_at) / answered, without transfers (stays
//	                     of callers who had spoken to an agent before); the median; the 90th
//	                     percentile (the smallest wait that 90 % do not exceed); a second
//	                     mean counts from arrived_at
//	M6  AHT              (talk + hold + after-call work) / answered; after-call work runs to
//	                     the disposition or to the end of its time, whichever is first. A
//	                     conversation counts from when it is over
//	M7  SL(20 s)         answered within 20 s / (answered + abandoned − short abandoned)
//	M8  other formulas   asterisk:  answered within T / answered
//	                     asterisk2: (answered + abandoned, both within T) / (answered + abandoned)
//	                     connect:   left the queue within T, however / offered
//	                     genesys:   (answered − answered later than T) / (answered + abandoned)
//	M9  abandonment      abandoned / offered
//	M10 occupancy        (ring + talk + hold + after-call work) / (the same + ready); time not
//	                     ready is in neither
//	M11 RONA             offers not answered in time / offers; a caller who leaves while it
//	                     rings is counted apart (withdrawn)
//	M12 hold rate        answered calls that were held / answered
//	M13 attribution      every number of a cluster's row belongs to the interval of queued_at;
//	                     intervals are quarters of an hour, days those of Asia/Kuala_Lumpur
//	M14 over nothing     a figure whose denominator is 0 is absent: null in JSON, "-" in CSV
//	M15 export           CSV is UTF-8 with a byte order mark, spreadsheet formulas defused,
//	                     and carries the dictionary's version and the query
//
//	M16 surveys offered  surveys that were begun or declined in the time asked for; begun;
//	                     complete: every question was put; partial: begun and not completed;
//	                     declined: not begun, also by hanging up when asked. A call without a
//	                     survey is in none of them
//	M17 response         begun / offered; completion: complete / begun
//	M18 answers          of a question: n, mean and how many of 1, 2, 3, 4, 5, over answers on the
//	                     scale from 1 to 5 (others are counted apart); of a caller's answers to
//	                     one question in one survey the last. A skipped question has no answer
//	M19 CSI              answers 4 and 5 / n, per question, survey, and cluster or agent: those of
//	                     the conversation that the survey followed; the target is 80 %
//	M20 cases            cases opened in the time asked for, by category, each in the status it has
//	                     at the time of the report
//	M21 overdue          cases of M20, new or in progress, whose due day was over at the time of the
//	                     report; a draft is never overdue
//	M22 containment      calls without a stay in a queue and without an outside number rung / calls
//	                     that we answered; both arrived in the time asked for and are over. Who
//	                     was turned away has asked for an agent, and is not contained
//	M23 transfer rate    calls for which an outside number was rung / calls that we answered, as in
//	                     M22; of the numbers rung: each outcome by its name, and ended (somebody
//	                     talked) / rung
//
// First call resolution and callbacks kept need to know what came of a case at the first
// contact, and of a callback; neither is on record.
package report

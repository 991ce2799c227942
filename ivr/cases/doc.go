// Package cases registers what citizens ask for: enquiries, complaints, suggestions,
// feedback and compliments.
//
// It decides the number of a case, its due date, which change of status is allowed, and
// that a request repeated after a restart is not carried out twice. All of it is durable
// in the journal before anybody hears the number. It leaves to others: what desks there
// are and how many days they have (the bundle), the sound of a recording (whoever records
// it files it), the records that people search (the store follows the facts), and sending
// cases elsewhere (the outbox).
//
// What it keeps in the journal beside its facts:
//
//	case_day    the last number of each day: one small state a day, kept for ever
//	case_visit  what was answered to each key, until Forget or two days have passed
//
// A fact and the states that belong to it are one Append, so after a crash at any moment
// either all of them are there or none.
package cases

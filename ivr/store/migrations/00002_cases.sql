-- Times, durations and NULL are as in 00001; a due day is a date, 2006-01-02, in the site's zone.

-- +goose Up
-- One row per case, as it is after all that happened to it.
CREATE TABLE cases (
    number    TEXT PRIMARY KEY,
    key       TEXT NOT NULL,                -- of the visit that opened it
    desk      TEXT NOT NULL,
    type      TEXT NOT NULL,
    status    TEXT NOT NULL,
    category  TEXT NOT NULL,
    cluster   TEXT NOT NULL,
    caller    TEXT NOT NULL,                -- personal
    identity  TEXT NOT NULL,                -- personal
    lang      TEXT NOT NULL,
    note      TEXT NOT NULL,
    audio     TEXT NOT NULL,                -- file; it can be played when recordings has it
    length_ms BIGINT NOT NULL,
    due       TEXT NOT NULL,
    opened_at BIGINT NOT NULL,
    call_id   TEXT NOT NULL,
    closed_at BIGINT
);
CREATE UNIQUE INDEX cases_key ON cases (key) WHERE key <> '';
CREATE INDEX cases_opened ON cases (opened_at);

-- What happened to a case, its opening first.
CREATE TABLE case_history (
    number    TEXT NOT NULL,
    n         INTEGER NOT NULL,             -- 1, 2 ... within the case
    key       TEXT NOT NULL,                -- of the visit that did it; '' for people at a desk
    at        BIGINT NOT NULL,
    what      TEXT NOT NULL,                -- opened, appended or moved
    status    TEXT NOT NULL,                -- of the case from then on; '' = as before
    who       TEXT NOT NULL,                -- '' = the caller
    why       TEXT NOT NULL,
    note      TEXT NOT NULL,
    audio     TEXT NOT NULL,
    length_ms BIGINT NOT NULL,
    PRIMARY KEY (number, n)
);
CREATE UNIQUE INDEX case_history_key ON case_history (key) WHERE key <> '';

-- Recordings that are whole and on the disk.
CREATE TABLE recordings (
    file      TEXT PRIMARY KEY,
    call_id   TEXT NOT NULL,
    length_ms BIGINT NOT NULL,
    kept_at   BIGINT NOT NULL
);

CREATE TABLE callbacks (
    key       TEXT PRIMARY KEY,             -- of the visit that booked it
    queue     TEXT NOT NULL,
    skills    TEXT NOT NULL,                -- JSON: kind to value
    number    TEXT NOT NULL,                -- personal
    from_at   BIGINT,
    until_at  BIGINT,
    lang      TEXT NOT NULL,
    call_id   TEXT NOT NULL,
    booked_at BIGINT NOT NULL
);
CREATE INDEX callbacks_from ON callbacks (from_at);

-- One row per survey that was offered to a caller.
CREATE TABLE surveys (
    call_id  TEXT NOT NULL,
    n        INTEGER NOT NULL,              -- 1, 2 ... within the call
    survey   TEXT NOT NULL,
    agent    TEXT NOT NULL,                 -- that the caller had talked to last; '' = none
    at       BIGINT NOT NULL,               -- begun, or declined
    begun_at BIGINT,
    ended_at BIGINT,
    how      TEXT NOT NULL,                 -- '' while it goes on
    PRIMARY KEY (call_id, n)
);
CREATE INDEX surveys_at ON surveys (at);

CREATE TABLE survey_answers (
    call_id   TEXT NOT NULL,
    n         INTEGER NOT NULL,             -- surveys.n
    survey    TEXT NOT NULL,
    question  TEXT NOT NULL,
    value     INTEGER NOT NULL,
    min_value INTEGER NOT NULL,             -- of the scale
    max_value INTEGER NOT NULL,
    at        BIGINT NOT NULL,
    agent     TEXT NOT NULL,
    PRIMARY KEY (call_id, n, question)
);

-- One row per outside number rung for a caller.
CREATE TABLE transfers (
    call_id       TEXT NOT NULL,
    n             INTEGER NOT NULL,         -- 1, 2 ... within the call
    to_number     TEXT NOT NULL,
    began_at      BIGINT NOT NULL,
    began_mono    BIGINT NOT NULL,
    answered_at   BIGINT,
    answered_mono BIGINT NOT NULL,
    ended_at      BIGINT,
    outcome       TEXT NOT NULL,            -- '' while it goes on
    ring_ms       BIGINT,
    talk_ms       BIGINT,
    PRIMARY KEY (call_id, n)
);
CREATE INDEX transfers_began ON transfers (began_at);

-- Every change of the bundle that answers calls, or of its candidate.
CREATE TABLE bundles (
    n         INTEGER PRIMARY KEY,          -- 1, 2 ... in the order they came into force
    at        BIGINT NOT NULL,
    revision  TEXT NOT NULL,
    candidate BOOLEAN NOT NULL,
    percent   INTEGER NOT NULL,
    who       TEXT NOT NULL,
    approved  TEXT NOT NULL,
    why       TEXT NOT NULL
);

-- A bundle that was not taken; the one before it went on answering.
CREATE TABLE refusals (
    n      INTEGER PRIMARY KEY,
    at     BIGINT NOT NULL,
    bundle INTEGER NOT NULL,                -- n of the last change before it; 0 = none
    source TEXT NOT NULL,                   -- folder or person
    why    TEXT NOT NULL                    -- the first problem, with file:line:col
);

-- +goose Down
DROP TABLE refusals;
DROP TABLE bundles;
DROP TABLE transfers;
DROP TABLE survey_answers;
DROP TABLE surveys;
DROP TABLE callbacks;
DROP TABLE recordings;
DROP TABLE case_history;
DROP TABLE cases;

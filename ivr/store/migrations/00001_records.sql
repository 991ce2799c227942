-- Times (_at) are Unix milliseconds, UTC; _mono is the boot-time clock in milliseconds,
-- kept where a duration is still to be taken from it; durations (_ms) are milliseconds.
-- NULL means: not yet, or never.

-- +goose Up
-- How far the records have come in each journal.
CREATE TABLE cursors (
    source TEXT PRIMARY KEY,
    seq    BIGINT NOT NULL
);

-- One row per call.
CREATE TABLE calls (
    call_id      TEXT PRIMARY KEY,
    from_number  TEXT NOT NULL,
    to_number    TEXT NOT NULL,
    flow         TEXT NOT NULL,
    revision     TEXT NOT NULL,
    lang         TEXT NOT NULL,
    path         TEXT NOT NULL,            -- JSON list of words
    arrived_at   BIGINT NOT NULL,
    arrived_mono BIGINT NOT NULL,
    answered_at  BIGINT,
    queued_at    BIGINT,                   -- this and the next two: the first time
    offered_at   BIGINT,
    connected_at BIGINT,
    held_ms      BIGINT NOT NULL,
    ended_at     BIGINT,                   -- the last conversation over
    ended_by     TEXT NOT NULL,
    wrapped_at   BIGINT,
    gone_at      BIGINT,                   -- the caller is gone
    gone_by      TEXT NOT NULL,
    cause        TEXT NOT NULL
);
CREATE INDEX calls_arrived ON calls (arrived_at);
CREATE INDEX calls_from ON calls (from_number, arrived_at);

-- One row per stay of a call in a queue, with the conversation that came of it.
CREATE TABLE queue_stays (
    call_id         TEXT NOT NULL,
    n               INTEGER NOT NULL,      -- 1, 2 ... within the call
    queue           TEXT NOT NULL,
    cluster         TEXT NOT NULL,
    lang            TEXT NOT NULL,
    transferred     BOOLEAN NOT NULL,      -- the caller had spoken to an agent before
    queued_at       BIGINT NOT NULL,
    queued_mono     BIGINT NOT NULL,
    left_at         BIGINT,
    outcome         TEXT NOT NULL,         -- '' while the caller waits
    wait_ms         BIGINT,
    arrival_wait_ms BIGINT,                -- from arrival to the connection
    agent           TEXT NOT NULL,
    lease           TEXT NOT NULL,
    connected_at    BIGINT,
    connected_mono  BIGINT NOT NULL,
    held_since_at   BIGINT,                -- a hold in progress
    held_since_mono BIGINT NOT NULL,
    hold_ms         BIGINT NOT NULL,
    ended_at        BIGINT,
    ended_mono      BIGINT NOT NULL,
    ended_by        TEXT NOT NULL,
    talk_ms         BIGINT,
    wrapped_at      BIGINT,
    wrap_ms         BIGINT,
    disposition     TEXT NOT NULL,
    note            TEXT NOT NULL,
    PRIMARY KEY (call_id, n)
);
CREATE INDEX queue_stays_queued ON queue_stays (queued_at);

-- One row per offer of a call to an agent.
CREATE TABLE offers (
    lease        TEXT NOT NULL,
    call_id      TEXT NOT NULL,
    stay         INTEGER NOT NULL,         -- queue_stays.n; 0 = none
    agent        TEXT NOT NULL,
    offered_at   BIGINT NOT NULL,
    offered_mono BIGINT NOT NULL,
    until_at     BIGINT,
    how          TEXT NOT NULL,            -- '' while it rings
    ended_at     BIGINT,
    ring_ms      BIGINT,
    PRIMARY KEY (call_id, lease)
);
CREATE INDEX offers_offered ON offers (offered_at);

CREATE TABLE voicemails (
    id          TEXT PRIMARY KEY,
    call_id     TEXT NOT NULL,
    box         TEXT NOT NULL,
    file        TEXT NOT NULL,
    length_ms   BIGINT NOT NULL,
    lang        TEXT NOT NULL,
    at          BIGINT NOT NULL,
    from_number TEXT NOT NULL
);
CREATE INDEX voicemails_call ON voicemails (call_id);
CREATE INDEX voicemails_at ON voicemails (at);

-- One row per stretch of time that an agent spent in one state for one reason.
CREATE TABLE agent_states (
    source     TEXT NOT NULL,
    seq        BIGINT NOT NULL,            -- of the fact that began it
    agent      TEXT NOT NULL,
    state      TEXT NOT NULL,
    reason     TEXT NOT NULL,
    call_id    TEXT NOT NULL,
    began_at   BIGINT NOT NULL,
    began_mono BIGINT NOT NULL,
    ended_at   BIGINT,
    length_ms  BIGINT,
    PRIMARY KEY (source, seq)
);
CREATE INDEX agent_states_open ON agent_states (agent) WHERE ended_at IS NULL;
CREATE INDEX agent_states_began ON agent_states (began_at);

-- Every override of a calendar.
CREATE TABLE hours_log (
    source   TEXT NOT NULL,
    seq      BIGINT NOT NULL,
    at       BIGINT NOT NULL,
    calendar TEXT NOT NULL,
    mode     TEXT NOT NULL,
    until_at BIGINT,
    why      TEXT NOT NULL,
    who      TEXT NOT NULL,
    PRIMARY KEY (source, seq)
);

CREATE TABLE users (
    id            TEXT PRIMARY KEY,
    name          TEXT NOT NULL,
    role          TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    skills        TEXT NOT NULL,           -- JSON: kind to list of values
    wrap_up_ms    BIGINT NOT NULL,
    manual        BOOLEAN NOT NULL
);

CREATE TABLE sessions (
    token_hash TEXT PRIMARY KEY,
    user_id    TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    csrf       TEXT NOT NULL
);
CREATE INDEX sessions_expires ON sessions (expires_at);

-- +goose Down
DROP TABLE sessions;
DROP TABLE users;
DROP TABLE hours_log;
DROP TABLE agent_states;
DROP TABLE voicemails;
DROP TABLE offers;
DROP TABLE queue_stays;
DROP TABLE calls;
DROP TABLE cursors;

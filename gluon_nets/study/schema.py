"""The tables of a study's file, and what is asked of them."""

from __future__ import annotations

from gluon_nets.study.outcome import FAILED, LOST

VERSION = 1
APPLICATION = 0x474E4E53  # 'GNNS', in the file's header: it is ours
SCHEMA = """
CREATE TABLE study (
    name TEXT NOT NULL,
    identity TEXT NOT NULL,   -- JSON of Study.identity()
    source TEXT NOT NULL      -- the TOML that it was read from
);
CREATE TABLE designs (
    id INTEGER PRIMARY KEY,
    seed INTEGER NOT NULL,
    number INTEGER NOT NULL,  -- its place among those that the seed gives
    arch TEXT NOT NULL UNIQUE,  -- Arch.to_json()
    params INTEGER NOT NULL,
    flops INTEGER NOT NULL,
    acts INTEGER NOT NULL,
    UNIQUE (seed, number)
);
CREATE TABLE outcomes (
    design INTEGER NOT NULL REFERENCES designs (id),
    repeat INTEGER NOT NULL,  -- 0: the design's; others tell how far chance goes
    status TEXT NOT NULL,
    error REAL NOT NULL,
    curve TEXT NOT NULL,      -- JSON, an object for each epoch
    seconds REAL NOT NULL,
    reason TEXT NOT NULL,
    about TEXT NOT NULL,      -- JSON: host, devices, versions
    finished TEXT NOT NULL,   -- UTC
    PRIMARY KEY (design, repeat)
);
"""
# outcomes that are none: the next run tries these designs again
AGAIN = f"outcomes.status = '{FAILED}' AND outcomes.reason LIKE '{LOST} %'"
ADD_DESIGN = """INSERT OR IGNORE INTO designs
    (seed, number, arch, params, flops, acts) VALUES (?, ?, ?, ?, ?, ?)"""
DROP_DESIGNS = """DELETE FROM designs WHERE seed = ? AND number >= ?
    AND id NOT IN (SELECT design FROM outcomes)"""
# of a design by its id or arch; the first outcome stays, unless it is to be tried again
ADD_OUTCOME = f"""INSERT INTO outcomes
    SELECT id, ?, ?, ?, ?, ?, ?, ?, ? FROM designs WHERE {{}} = ?
    ON CONFLICT (design, repeat) DO UPDATE SET
    (status, error, curve, seconds, reason, about, finished) = (excluded.status,
    excluded.error, excluded.curve, excluded.seconds, excluded.reason, excluded.about,
    excluded.finished) WHERE {AGAIN}"""
ROWS = """SELECT seed, number, arch, params, flops, acts, repeat,
    status, error, curve, seconds, reason, about, finished
    FROM designs JOIN outcomes ON design = id ORDER BY seed, number, repeat"""
# schema version -> what makes the next one of it
MIGRATIONS: dict[int, str] = {}

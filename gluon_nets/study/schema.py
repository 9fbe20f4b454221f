"""The tables of a study's file, and what is asked of them."""

from __future__ import annotations

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
ADD_DESIGN = """INSERT OR IGNORE INTO designs
    (seed, number, arch, params, flops, acts) VALUES (?, ?, ?, ?, ?, ?)"""
ADD_OUTCOME = """INSERT OR IGNORE INTO outcomes
    SELECT id, ?, ?, ?, ?, ?, ?, ?, ? FROM designs"""
ROWS = """SELECT seed, number, arch, params, flops, acts, repeat,
    status, error, curve, seconds, reason, about, finished
    FROM designs JOIN outcomes ON design = id ORDER BY seed, number, repeat"""
# schema version -> what makes the next one of it
MIGRATIONS: dict[int, str] = {}

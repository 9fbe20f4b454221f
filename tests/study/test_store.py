"""The file of results: whole or refused, in one line; two of a study become one."""

from __future__ import annotations

import dataclasses
import sqlite3
import subprocess
import sys

import pytest

from gluon_nets.study.outcome import FAILED, failed
from gluon_nets.study.reader import parse_study
from gluon_nets.study.running import fill, run_study
from gluon_nets.study.schema import MIGRATIONS, VERSION
from gluon_nets.study.store import Store, StoreError, merged
from tests.study.conftest import SOURCE, outcome_of


def test_what_is_written_is_read_again(store, study):
    design, repeat, arch = store.pending()[0]
    store.record(design, repeat, outcome_of(arch, 0.25))
    store.record(*store.pending()[0][:2], failed("no memory"))
    with Store(store.path) as again:
        first, second = again.rows()
        assert again.name == "small" and again.source == SOURCE
        assert again.identity == study.identity()
    assert first["arch"] == arch and first["error"] == 0.25
    assert first["curve"] == [{"epoch": 1, "error": 0.25, "loss": 1.0}]
    assert first["about"] == {"host": "here"}
    assert (second["status"], second["reason"]) == (FAILED, "no memory")
    assert second["error"] == 0.9, "what failed counts as guessing"


def test_the_first_outcome_of_a_design_stays(store):
    design, repeat, arch = store.pending()[0]
    store.record(design, repeat, outcome_of(arch, 0.25))
    store.record(design, repeat, outcome_of(arch, 0.5))
    assert [row["error"] for row in store.rows()] == [0.25]


KILLED = """
import os, sys
from gluon_nets.study.store import Store
from tests.study.conftest import SOURCE, outcome_of
from gluon_nets.study.reader import parse_study
store = Store(sys.argv[1], parse_study(SOURCE))
design, repeat, arch = store.pending()[0]
store.record(design, repeat, outcome_of(arch))
store._base.execute("BEGIN IMMEDIATE")
store._base.execute("DELETE FROM outcomes")
os.kill(os.getpid(), 9)
"""


def test_a_killed_writer_leaves_what_it_had_written(store):
    command = [sys.executable, "-c", KILLED, str(store.path)]
    assert subprocess.run(command).returncode == -9
    assert store.counts() == {"pending": 5, "done": 1}


# more than SQLite keeps in memory: the file itself is half written
HALF = KILLED.replace(
    'store._base.execute("DELETE FROM outcomes")',
    """store._base.execute("PRAGMA cache_size = 1")
for number in range(2000):
    store._base.execute(
        "INSERT INTO outcomes VALUES (?, 7, 'done', 0, ?, 0, '', '', '')",
        (number, "x" * 2000),
    )""",
)


def test_who_only_reads_sees_what_a_killed_writer_had_written(store):
    assert (
        subprocess.run([sys.executable, "-c", HALF, str(store.path)]).returncode == -9
    )
    journal = store.path.with_name(f"{store.path.name}-journal")
    assert journal.stat().st_size > 0, "there is nothing to take back"
    with Store(store.path) as again:
        assert again.counts() == {"pending": 5, "done": 1}
        assert [row["repeat"] for row in again.rows()] == [0]


def test_who_only_reads_leaves_a_living_writer_alone(store):
    design, repeat, arch = store.pending()[0]
    with store._transaction() as base:
        base.execute("DELETE FROM outcomes")
        with Store(store.path) as again:
            assert again.counts() == {"pending": 6}
    store.record(design, repeat, outcome_of(arch))
    with Store(store.path) as again:
        assert again.counts() == {"pending": 5, "done": 1}


def test_other_files_are_refused_in_one_line(tmp_path, study):
    text = tmp_path / "text.sqlite"
    text.write_text("no database\n" * 100)
    other = tmp_path / "other.sqlite"
    with sqlite3.connect(other) as base:
        base.execute("CREATE TABLE study (name TEXT)")
    for path in (text, other):
        before = path.read_bytes()
        for options in ((), (study,)):
            with pytest.raises(StoreError, match=f"^{path} ") as caught:
                Store(path, *options)
            assert "\n" not in str(caught.value)
        assert path.read_bytes() == before
    with pytest.raises(StoreError, match="missing.sqlite is not there"):
        Store(tmp_path / "missing.sqlite")
    with pytest.raises(StoreError, match="cannot be used"):
        Store(tmp_path / "no folder" / "x.sqlite", study)


def set_version(path, version):
    with sqlite3.connect(path) as base:
        base.execute(f"PRAGMA user_version = {version}")


def test_a_newer_file_is_refused(store):
    set_version(store.path, 7)
    with pytest.raises(StoreError, match="newer Gluon Nets .*version is 7.*up to 1"):
        Store(store.path)


def test_an_older_file_is_brought_up_to_date_by_who_writes(store, study, monkeypatch):
    monkeypatch.setitem(
        MIGRATIONS,
        0,
        "ALTER TABLE study ADD COLUMN extra TEXT;\nUPDATE study SET extra = 'x'",
    )
    set_version(store.path, 0)
    with pytest.raises(StoreError, match="older Gluon Nets"):
        Store(store.path)
    with Store(store.path, study) as again:
        assert again._one("extra") == "x"
    with sqlite3.connect(store.path) as base:
        assert base.execute("PRAGMA user_version").fetchone() == (VERSION,)


@pytest.mark.parametrize(
    "old, new, part",
    [
        ("images = 400", "images = 300", "training differs in images"),
        ("epochs = 2", "epochs = 3\nlr = 0.2", "training differs in epochs, lr"),
        ('"AnyNetX_E"', '"AnyNetX_D"', "space differs in rising"),
    ],
)
def test_another_study_is_refused(store, old, new, part):
    with pytest.raises(StoreError, match=f"another study, whose {part}"):
        Store(store.path, parse_study(SOURCE.replace(old, new)))


def test_a_name_makes_no_other_study(store):
    other = parse_study(SOURCE.replace('name = "small"', 'name = "other"'))
    with Store(store.path, other) as again:
        assert again.name == "small"


def test_pieces_of_a_study_are_merged(tmp_path, study, make_pool):
    """Designs that both have count once."""
    paths = []
    for number, (seed, designs) in enumerate([(3, 4), (3, 6), (5, 3)]):
        part = dataclasses.replace(study, seed=seed, designs=designs)
        paths.append(tmp_path / f"{number}.sqlite")
        with Store(paths[-1], part, SOURCE) as store:
            fill(store, part)
            run_study(store, part, make_pool())
    assert merged(paths, tmp_path / "all.sqlite") == 9
    assert merged(paths, tmp_path / "all.sqlite") == 0
    with Store(tmp_path / "all.sqlite") as whole:
        rows = whole.rows()
    assert [(row["seed"], row["number"]) for row in rows] == [
        *((3, n) for n in range(6)),
        *((5, n) for n in range(3)),
    ]
    for row in rows:
        assert row["error"] == outcome_of(row["arch"]).error


def filled(path, study, make_pool):
    with Store(path, study, SOURCE) as store:
        fill(store, study)
        run_study(store, study, make_pool())
    return path


def test_what_another_version_drew_is_not_merged(tmp_path, study, make_pool):
    """The same seed and number must be the same network: else one would be lost."""
    first = filled(tmp_path / "first.sqlite", study, make_pool)
    second = filled(
        tmp_path / "second.sqlite", dataclasses.replace(study, seed=4), make_pool
    )
    with sqlite3.connect(second) as base:
        base.execute("UPDATE designs SET seed = 3")
    with pytest.raises(StoreError, match="second.sqlite has another design 0 of s"):
        merged([first, second], tmp_path / "all.sqlite")
    with Store(tmp_path / "all.sqlite") as whole:
        assert len(whole.rows()) == 6, "of the second file some were taken, some not"


def test_a_design_that_lost_its_worker_gives_way_to_an_outcome(
    tmp_path, study, store, make_pool
):
    design, repeat, arch = store.pending()[0]
    store.record(design, repeat, failed("its worker died 3 times: killed"))
    assert store.pending()[0][0] == design
    other = filled(tmp_path / "other.sqlite", study, make_pool)
    for paths in ([store.path, other], [other, store.path]):
        out = tmp_path / f"{paths[0].stem}-first.sqlite"
        merged(paths, out)
        with Store(out) as whole:
            assert whole.counts() == {"pending": 0, "done": 6}
            assert whole.rows()[0]["error"] == outcome_of(arch).error


def test_another_study_is_not_merged(tmp_path, store):
    other = parse_study(SOURCE.replace("images = 400", "images = 300"))
    with Store(tmp_path / "other.sqlite", other, SOURCE):
        pass
    with pytest.raises(StoreError, match="only results of the same space and training"):
        merged([store.path, tmp_path / "other.sqlite"], tmp_path / "all.sqlite")


def test_a_full_disk_is_one_line_and_loses_nothing(store):
    design, repeat, arch = store.pending()[0]
    store.record(design, repeat, outcome_of(arch))
    pages = store._base.execute("PRAGMA page_count").fetchone()[0]
    store._base.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreError, match="cannot be used: database or disk is full"):
        for _ in range(6):
            design, repeat, arch = store.pending()[0]
            store.record(
                design,
                repeat,
                dataclasses.replace(outcome_of(arch), reason="x" * 100_000),
            )
    with Store(store.path) as again:
        assert len(again.rows()) == again.counts()["done"] >= 1

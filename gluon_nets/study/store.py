"""The results of a study: one SQLite file, one writer, nothing lost.

A design is written when it is drawn, its outcome when it is there, each in a
transaction of its own: whoever is killed loses what was in flight.
"""

from __future__ import annotations

import contextlib
import datetime
import json
import sqlite3
from pathlib import Path
from typing import Any, Iterable, Iterator

from gluon_nets.arch import Arch
from gluon_nets.cost import Complexity
from gluon_nets.locks import alone
from gluon_nets.study.outcome import Outcome
from gluon_nets.study.schema import (
    ADD_DESIGN,
    ADD_OUTCOME,
    AGAIN,
    APPLICATION,
    DROP_DESIGNS,
    MIGRATIONS,
    ROWS,
    SCHEMA,
    VERSION,
)
from gluon_nets.study.shipped import find, shipped
from gluon_nets.study.space import KINDS


class StoreError(ValueError):
    """A file of results that cannot be used; the message names it and the reason."""

    exit_code = 1


class Store:
    """A study's file, open.

    Parameters
    ----------
    path : path-like
        To read, a name of `gluon_nets.study.shipped.shipped` too.
    study : Study, optional
        To write: the file is made where it is not there, and refused where it is
        another study's. Without one it is only read.
    source : str
        The TOML of the study, kept beside it.

    Raises
    ------
    StoreError
        Where the file is missing, no study's, another study's, or of another version.
    """

    def __init__(self, path, study=None, source: str = ""):
        self.path = find(path) if study is None else Path(path)
        if study is None and not self.path.is_file():
            raise StoreError(
                f"{path} is not there: `study run --out` makes it; "
                f"{', '.join(shipped())} come with the package"
            )
        with self._named():
            journal = self.path.with_name(f"{self.path.name}-journal")
            if study is None and journal.exists():
                self._recover()
            self._base = self._connect("ro" if study is None else "rwc")
            if study is not None and not self._names("table"):
                self._create(study, source)
            self._check_version(writes=study is not None)
        if study is not None:
            self._check_study(study)

    def _connect(self, mode: str) -> sqlite3.Connection:
        uri = f"{self.path.resolve().as_uri()}?mode={mode}"
        return sqlite3.connect(uri, uri=True, isolation_level=None)

    def _recover(self) -> None:
        """Take back what a killed writer had begun: who only reads cannot.

        The journal of one that is alive is left alone, by SQLite's locks.
        """
        with contextlib.closing(self._connect("rw")) as base:
            base.execute("SELECT count(*) FROM sqlite_master").fetchone()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_) -> None:
        self._base.close()

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Keep other processes from running the study meanwhile.

        Raises
        ------
        StoreError
            Where one does just now.
        """
        # a file of its own: closing one of SQLite's would end SQLite's own locks
        lock = self.path.with_name(f".{self.path.name}.lock")
        refusal = StoreError(
            f"{self.path} belongs to a run that goes on just now: wait for it, or "
            "choose another file"
        )
        with alone(lock, refusal):
            try:
                yield
            finally:
                lock.unlink()

    @contextlib.contextmanager
    def _named(self) -> Iterator[None]:
        """SQLite's errors name the file."""
        try:
            yield
        except sqlite3.Error as error:
            raise StoreError(f"{self.path} cannot be used: {error}") from None

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """All of it is written, or nothing."""
        with self._named():
            self._base.execute("BEGIN IMMEDIATE")
            try:
                yield self._base
                self._base.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):  # a full disk did it already
                    self._base.execute("ROLLBACK")
                raise

    def _names(self, kind: str) -> set[str]:
        rows = self._base.execute(
            "SELECT name FROM sqlite_master WHERE type = ?", [kind]
        )
        return {name for (name,) in rows}

    def _create(self, study, source: str) -> None:
        identity = json.dumps(study.identity(), sort_keys=True)
        with self._transaction() as base:
            for statement in SCHEMA.split(";\n"):
                base.execute(statement)
            base.execute(f"PRAGMA application_id = {APPLICATION}")
            base.execute(f"PRAGMA user_version = {VERSION}")
            row = (study.name, identity, source)
            base.execute("INSERT INTO study VALUES (?, ?, ?)", row)

    def _check_version(self, writes: bool) -> None:
        (application,) = self._base.execute("PRAGMA application_id").fetchone()
        if application != APPLICATION:
            raise StoreError(f"{self.path} is no file of results of `study run`")
        (version,) = self._base.execute("PRAGMA user_version").fetchone()
        if version > VERSION:
            raise StoreError(
                f"{self.path} was written by a newer Gluon Nets (its version is "
                f"{version}, this one reads up to {VERSION}): update Gluon Nets"
            )
        if version < VERSION and not writes:
            raise StoreError(
                f"{self.path} was written by an older Gluon Nets (its version is "
                f"{version}): `study run` with its study brings it up to date"
            )
        while version < VERSION:
            with self._transaction() as base:
                for statement in MIGRATIONS[version].split(";\n"):
                    base.execute(statement)
                version += 1
                base.execute(f"PRAGMA user_version = {version}")

    def _check_study(self, study) -> None:
        """Raise unless the file holds results of the same space and training."""
        mine, theirs = study.identity(), self.identity
        for part, own in mine.items():
            other = theirs.get(part, {})
            names = [key for key in own if own[key] != other.get(key)]
            if names:
                raise StoreError(
                    f"{self.path} holds another study, whose {part} differs in "
                    f"{', '.join(names)}: choose another file"
                )

    def _one(self, column: str):
        with self._named():
            (value,) = self._base.execute(f"SELECT {column} FROM study").fetchone()
            return value

    @property
    def name(self) -> str:
        """The study's name."""
        return self._one("name")

    @property
    def identity(self) -> dict[str, Any]:
        """What was asked of its networks, see `Study.identity`."""
        return json.loads(self._one("identity"))

    @property
    def source(self) -> str:
        """The TOML that the study was read from."""
        return self._one("source")

    def add_designs(self, archs: Iterable[Arch], costs: Complexity, seed: int) -> None:
        """Add the designs that a seed gives, from the first on; known ones stay.

        Those that follow them are taken out, as far as they have no outcome: fewer are
        asked for than once were.

        Raises
        ------
        StoreError
            Where the seed gave the file other designs.
        """
        known = self._drawn(seed)
        columns = zip(*(getattr(costs, kind).tolist() for kind in KINDS))
        with self._transaction() as base:
            for number, (arch, cost) in enumerate(zip(archs, columns)):
                text = arch.to_json()
                if known.get(number, text) != text:
                    raise StoreError(
                        f"{self.path} has another design {number} of seed {seed}: "
                        "another version of Gluon Nets drew it; choose another file"
                    )
                base.execute(ADD_DESIGN, (seed, number, text, *cost))
            base.execute(DROP_DESIGNS, (seed, len(costs.flops)))

    def _drawn(self, seed: int) -> dict[int, str]:
        with self._named():
            query = "SELECT number, arch FROM designs WHERE seed = ?"
            return dict(self._base.execute(query, [seed]))

    def pending(self, repeats: int = 0) -> list[tuple[int, int, Arch]]:
        """What has no outcome yet: (id, repeat, arch), designs as they were drawn.

        Or is to be tried again, as its worker died. Behind them the repeats of the
        first design.
        """
        with self._named():
            designs = self._base.execute("SELECT id, arch FROM designs ORDER BY id")
            archs = {design: Arch.from_json(text) for design, text in designs}
            query = f"SELECT design, repeat FROM outcomes WHERE NOT ({AGAIN})"
            done = set(self._base.execute(query))
        wanted = [(design, 0) for design in archs]
        wanted += [(min(archs), number) for number in range(1, repeats + 1)]
        return [(*pair, archs[pair[0]]) for pair in wanted if pair not in done]

    def record(self, design: int, repeat: int, outcome: Outcome) -> None:
        """Write what came of a design; the first outcome stays.

        But for one whose worker died: that is tried again.
        """
        now = datetime.datetime.now(datetime.timezone.utc)
        row = (
            repeat,
            outcome.status,
            outcome.error,
            json.dumps(outcome.curve),
            outcome.seconds,
            outcome.reason,
            json.dumps(outcome.about),
            now.isoformat(timespec="seconds"),
        )
        with self._transaction() as base:
            base.execute(ADD_OUTCOME.format("id"), (*row, design))

    def counts(self) -> dict[str, int]:
        """How many designs there are by status, 'pending' too; repeats do not count."""
        with self._named():
            rows = self._base.execute(
                "SELECT coalesce(status, 'pending'), count(*) FROM designs"
                " LEFT JOIN outcomes ON design = id AND repeat = 0 GROUP BY 1"
            ).fetchall()
        return {"pending": 0, **dict(rows)}

    def rows(self) -> list[dict[str, Any]]:
        """All outcomes with their designs, as they were drawn, and their repeats."""
        with self._named():
            found = self._base.execute(ROWS)
            names = [column[0] for column in found.description]
            rows = [dict(zip(names, row)) for row in found]
        for row in rows:
            row["arch"] = Arch.from_json(row["arch"])
            row["curve"], row["about"] = (
                json.loads(row[k]) for k in ("curve", "about")
            )
        return rows

    def take_over(self, other: Store) -> int:
        """Copy designs and outcomes of another file of the same study; how many new.

        Raises
        ------
        StoreError
            Where it is another study, or has other designs by the same seeds.
        """
        mine, theirs = self.identity, other.identity
        if mine != theirs:
            raise StoreError(
                f"{other.path} holds another study than {self.path}: only results of "
                "the same space and training can be merged"
            )
        before = self.counts()["pending"]
        known = sum(self.counts().values())
        with self._named(), self._transaction() as base:
            for row in other._base.execute(ROWS).fetchall():
                self._check_place(other, *row[:3])
                base.execute(ADD_DESIGN, row[:6])
                base.execute(ADD_OUTCOME.format("arch"), (*row[6:], row[2]))
        new = sum(self.counts().values()) - known
        return new + before - self.counts()["pending"]

    def _check_place(self, other: Store, seed: int, number: int, arch: str) -> None:
        """Raise where another design was drawn by this seed and number."""
        query = "SELECT arch FROM designs WHERE seed = ? AND number = ?"
        found = self._base.execute(query, [seed, number]).fetchone()
        if found not in (None, (arch,)):
            raise StoreError(
                f"{other.path} has another design {number} of seed {seed} than "
                f"{self.path}: another version of Gluon Nets drew it; they cannot be "
                "merged"
            )


def merged(paths: Iterable, out) -> int:
    """Add the results of files to another, which is made where it is not there.

    Returns
    -------
    int
        How many results it had not yet.

    Raises
    ------
    StoreError
        Where one is no study's, or another study's than the first.
    """
    from gluon_nets.study.reader import parse_study

    paths = list(paths)
    with Store(paths[0]) as first:
        study, source = parse_study(first.source, first.name), first.source
    new = 0
    with Store(out, study, source) as store:
        for path in paths:
            with Store(path) as other:
                new += store.take_over(other)
    return new

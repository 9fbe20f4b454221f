"""The set-up: which Python is taken, and that nothing is installed twice."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FIND = ROOT / "tools" / "find_python.sh"
SHIM = "#!/bin/sh\necho 'pyenv: command not found' >&2\nexit 127\n"
REAL = f'#!/bin/sh\nexec "{sys.executable}" "$@"\n'

pytestmark = pytest.mark.skipif(
    not shutil.which("make") or not FIND.exists(),
    reason="needs make and the source tree",
)


def claims(version, modules=True):
    """A Python that says it is ``version``, with or without venv and ensurepip."""
    body = 'case "$2" in *assert*) %s;; *) echo %s;; esac\n'
    return "#!/bin/sh\n" + body % ("exit 0" if modules else "exit 1", version)


@pytest.fixture
def pythons(tmp_path):
    """Run find_python.sh where the PATH holds these programs and nothing else."""

    def find(PYTHON="", **programs):
        folder = tmp_path / "bin"
        folder.mkdir()
        (folder / "cat").symlink_to(shutil.which("cat"))
        for name, text in programs.items():
            path = folder / name.replace("_", ".")
            path.write_text(text)
            path.chmod(0o755)
        return subprocess.run(
            ["/bin/sh", str(FIND)],
            env={"PATH": str(folder), "PYTHON": PYTHON},
            capture_output=True,
            text=True,
        )

    return find


def test_takes_the_newest_that_fits(pythons):
    done = pythons(python3_8=REAL, python3_10=REAL)
    assert done.returncode == 0
    assert done.stdout.endswith("/bin/python3.10\n")


def test_a_shim_without_a_python_is_passed_over(pythons):
    done = pythons(python3_11=SHIM, python3_9=REAL, python3=REAL)
    assert done.stdout.endswith("/bin/python3.9\n")


def test_the_one_that_is_asked_for_comes_first(pythons):
    done = pythons(PYTHON="mine", mine=REAL, python3_11=REAL)
    assert done.stdout.endswith("/bin/mine\n")


def test_one_that_is_asked_for_and_does_not_fit_is_said(pythons):
    done = pythons(PYTHON="mine", mine=SHIM, python3_11=REAL)
    assert done.stdout.endswith("/bin/python3.11\n")
    assert "PYTHON=mine does not fit" in done.stderr


def test_where_none_fits_it_says_what_to_install(pythons):
    done = pythons(python3=claims("3.13", modules=False))
    assert (done.returncode, done.stdout) == (1, "")
    assert "python3 (3.13)" in done.stderr
    assert "apt-get install python3.11 python3.11-venv" in done.stderr
    assert "uv python install 3.11" in done.stderr


# A Python for the virtual environment: it fits, and notes what pip is asked for.
PIP = """#!/bin/sh
case "$*" in
    *"pip --version"* | *assert*) exit 0;;
    *"pip install"*) [ -e "$LOG.fail" ] && exit 1;;
esac
echo "$*" >> "$LOG"
"""


@pytest.fixture
def make(tmp_path):
    """Run make in a copy of what set-up needs, with a virtual environment that is
    there already; returns what its Python was asked to do."""
    for name in ("Makefile", "pyproject.toml", "setup.py", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "tools", tmp_path / "tools")
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(PIP)
    python.chmod(0o755)
    log = tmp_path / "log"

    def run(*arguments, fails=False):
        log.write_text("")
        environ = {k: v for k, v in os.environ.items() if not k.startswith("MAKE")}
        for name in ("VENV", "PYTHON", "EXTRA", "DEVICE", "MFLAGS", "PYTEST_FLAGS"):
            environ.pop(name, None)
        done = subprocess.run(
            ["make", *arguments],
            cwd=str(tmp_path),
            env=dict(environ, LOG=str(log)),
            capture_output=True,
            text=True,
        )
        assert (done.returncode != 0) == fails, done.stdout + done.stderr
        return log.read_text().splitlines()

    run.folder, run.log = tmp_path, log
    return run


def later(path):
    """As if the file had been edited after all that was done so far."""
    os.utime(path, (path.stat().st_mtime + 100,) * 2)


def test_set_up_is_done_once(make):
    first, second = make("test"), make("test")
    assert [line.split()[-1] for line in first[:2]] == [".[cpu]", ".[cpu,dev]"]
    assert first[2].startswith("-m pytest")
    assert second == first[2:]
    assert make("setup") == []


def test_each_target_installs_only_what_it_needs(make):
    assert [line.split()[-1] for line in make("setup")] == [".[cpu]"]
    assert [line.split()[-1] for line in make("oracle")] == [".[cpu,oracle]"]


@pytest.mark.parametrize("name", ["pyproject.toml", "constraints.txt"])
def test_a_change_installs_again(make, name):
    make("test")
    later(make.folder / name)
    assert len(make("test")) == 3


def test_an_interrupted_set_up_is_not_taken_as_done(make):
    fail = Path(f"{make.log}.fail")
    fail.touch()
    assert make("setup", fails=True) == []
    fail.unlink()
    assert len(make("setup")) == 1


def test_the_other_mxnet_goes_before_one_comes(make):
    make("test")
    asked = make("setup", "DEVICE=gpu:0,1")
    assert asked[0] == "-m pip uninstall -y mxnet mxnet-cu117"
    assert asked[1].endswith(".[gpu]")
    assert make("setup", "EXTRA=gpu") == []
    assert "uninstall" in make("test")[0]


def test_help_lists_the_targets(make):
    done = subprocess.run(
        ["make"], cwd=str(make.folder), capture_output=True, text=True, check=True
    )
    for target in ("run", "test", "test-all", "lint", "lab", "clean"):
        assert f"make {target} " in done.stdout


def make_venv(folder, **environ):
    return subprocess.run(
        ["sh", str(ROOT / "tools" / "make_venv.sh"), str(folder)],
        env=dict(os.environ, **environ),
        capture_output=True,
        text=True,
    )


def test_a_users_folder_is_not_touched(tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    done = make_venv(tmp_path)
    assert done.returncode == 1 and "no virtual environment" in done.stderr
    assert (tmp_path / "thesis.tex").read_text() == "years of work"


def test_an_environment_with_another_python_is_not_touched(tmp_path):
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    python.write_text('#!/bin/sh\n[ "$2" = pip ]\n')
    python.chmod(0o755)
    (tmp_path / "pyvenv.cfg").touch()
    done = make_venv(tmp_path)
    assert done.returncode == 1 and "not one of 3.8 to 3.11" in done.stderr
    assert python.exists()


def test_a_half_made_environment_is_made_anew(tmp_path):
    (tmp_path / "pyvenv.cfg").touch()
    (tmp_path / "half").touch()
    assert make_venv(tmp_path, PYTHON=sys.executable).returncode == 0
    assert not (tmp_path / "half").exists()
    pip = [str(tmp_path / "bin" / "python"), "-m", "pip", "--version"]
    told = subprocess.run(pip, capture_output=True, text=True, check=True).stdout
    assert int(told.split()[1].split(".")[0]) >= 24, told
    assert make_venv(tmp_path, PYTHON="/bin/false").returncode == 0  # it is there now


def test_a_peer_that_cannot_be_had_does_not_keep_the_others_away(tmp_path):
    """`make peers`: the benchmarks then say why its rows are missing."""
    python, log = tmp_path / "bin" / "python", tmp_path / "log"
    python.parent.mkdir()
    python.write_text(
        f'#!/bin/sh\necho "$@" >> {log}\ncase "$*" in *torch*) exit 1;; esac\n'
    )
    python.chmod(0o755)
    script = ROOT / "tools" / "make_peers.sh"
    done = subprocess.run([script, tmp_path], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "Not to be had here: torch==" in done.stderr
    asked = [line for line in log.read_text().splitlines() if "constraints" in line]
    peers = (ROOT / "benchmarks" / "peers.txt").read_text().splitlines()
    named = [line.split("#")[0].split() for line in peers if line[:1] not in "#"]
    assert len(asked) == 1 + len(named)  # the package itself comes first
    for words, line in zip(named, asked[1:]):
        assert line.split()[-len(words) :] == words

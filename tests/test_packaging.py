from __future__ import annotations

import email
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

import gluon_nets
from gluon_nets.environment import cuda_libraries, problems
from tests.validation import nbval

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # pytest brings it

ROOT = Path(__file__).parents[1]
NOT_SOURCE = (
    *(".git", ".venv*", ".*_cache", ".hypothesis", ".ipynb_checkpoints"),
    *("build", "dist", "runs", "gluon-course", "*.egg-info", "__pycache__"),
)
READ = ("benchmarks", "docs", "notebooks", "studies", "tests", "tools")  # and tested
SAMPLE = ROOT / "gluon_nets" / "data" / "sample"
POPULATIONS = ROOT / "gluon_nets" / "study" / "populations"
NOTEBOOKS = ROOT / "notebooks"
EXERCISES = ROOT / "course" / "exercises"
CHEAPEST = "lessons/05_erratum.ipynb"


def project():
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))[
        "project"
    ]


def extra(name):
    texts = project()["optional-dependencies"][name]
    return {r.name: r for r in map(Requirement, texts)}


def everything():
    """All requirements but those of one extra by another."""
    extras = project()["optional-dependencies"].values()
    texts = [*project()["dependencies"], *(text for group in extras for text in group)]
    return [text for text in texts if not text.startswith("gluon-nets[")]


@pytest.mark.parametrize("text", everything())
def test_every_requirement_has_an_upper_bound_and_says_why(text):
    operators = {s.operator for s in Requirement(text).specifier}
    assert operators & {"==", "<", "<=", "~="}
    lines = (ROOT / "pyproject.toml").read_text(encoding="utf-8").splitlines()
    (line,) = [i for i, line in enumerate(lines) if f'"{text}"' in line]
    above = line
    while lines[above].lstrip().startswith('"nvidia-'):
        above -= 1
    assert (
        "#" in lines[line]
        or lines[above].lstrip().startswith("#")
        or (lines[line - 1].lstrip().startswith("#"))
    )


def test_mxnet_is_in_no_base_dependency():
    names = [Requirement(text).name for text in project()["dependencies"]]
    assert not [name for name in names if name.startswith("mxnet")]


def test_the_mends_name_what_the_extras_install():
    exact = f"=={problems.MXNET}"
    assert str(extra("cpu")["mxnet"].specifier) == exact
    assert str(extra("gpu")["mxnet-cu117"].specifier) == exact
    (numpy,) = [r for r in map(Requirement, project()["dependencies"])
                if r.name == "numpy"]  # fmt: skip
    assert not numpy.specifier.contains("1.24.0") and numpy.specifier.contains("1.23.5")


def test_the_gpu_extra_brings_each_library_that_is_loaded():
    wheels = {wheel for _, wheel in cuda_libraries.PACKAGES.values()}
    assert wheels == {name for name in extra("gpu") if name.startswith("nvidia-")}


def test_pythons_are_those_that_the_environment_accepts():
    pythons = SpecifierSet(project()["requires-python"])
    accepted = {(3, minor) for minor in range(6, 16) if f"3.{minor}.1" in pythons}
    assert (min(accepted), max(accepted)) == problems.PYTHONS


def test_setup_py_repeats_nothing():
    code = (ROOT / "setup.py").read_text(encoding="utf-8")
    assert not [word for word in ("name=", "version=", "requires") if word in code]


@pytest.fixture(scope="module")
def packed(tmp_path_factory):
    """The source archive, and the wheel that was built from it."""
    pytest.importorskip("build")
    folder = tmp_path_factory.mktemp("dist")
    source = folder / "source"  # a copy: setuptools leaves things where it builds
    shutil.copytree(ROOT, source, ignore=shutil.ignore_patterns(*NOT_SOURCE))
    command = [sys.executable, "-m", "build", "--outdir", str(folder), str(source)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    if "Could not find a version that satisfies the requirement setuptools" in (
        done.stdout + done.stderr
    ):
        pytest.skip("setuptools cannot be downloaded here")
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,), (archive,) = folder.glob("*.whl"), folder.glob("*.tar.gz")
    return archive, wheel


def test_the_sample_travels(packed):
    archive, wheel = packed
    expected = {f"gluon_nets/data/sample/{path.name}" for path in SAMPLE.iterdir()}
    assert len(expected) >= 4
    with zipfile.ZipFile(wheel) as file:
        assert expected <= set(file.namelist())
        for name in expected:
            assert file.read(name) == (ROOT / name).read_bytes()
    with tarfile.open(archive) as file:
        names = {name.split("/", 1)[-1] for name in file.getnames()}
    assert expected | {"LICENSE", "README.md", "constraints.txt"} <= names


def test_the_archive_holds_what_its_tests_and_its_site_are_made_of(packed):
    with tarfile.open(packed[0]) as file:
        names = {name.split("/", 1)[-1] for name in file.getnames()}
    expected = {".ci/run", "CONTRIBUTING.md", "Makefile", "pyproject.toml"}
    for folder in READ:
        found = {
            path.relative_to(ROOT)
            for path in (ROOT / folder).rglob("*")
            if path.is_file() and path.suffix not in (".pyc", ".pyo")
        }
        assert found, folder
        expected |= {
            path.as_posix()
            for path in found
            if not any(part.startswith(".") for part in path.parts)
        }
    assert sorted(expected - names) == []


@pytest.mark.slow
def test_a_lesson_runs_from_the_installed_wheel(packed, tmp_path):
    """Copied from it by `gluon-course open`, away from the clone."""
    nbformat = pytest.importorskip("nbformat")
    installed, mine = tmp_path / "installed", tmp_path / "mine"
    pip = ("pip", "install", "--no-deps", "--no-index", "--target", str(installed))
    here(tmp_path, *pip, str(packed[1]))
    here(installed, "course", "open", str(mine), "--copy-only")
    expected = {f"{kind}/{p.name}" for kind in ("lessons", "exercises")
                for p in (NOTEBOOKS / kind).glob("*.ipynb")}  # fmt: skip
    copied = {p.relative_to(mine).as_posix() for p in mine.rglob("*.ipynb")}
    assert copied == expected
    path = mine / CHEAPEST
    notebook = nbformat.read(path, 4)
    places = ("course.__file__", "gn.__file__")
    asked = "\n".join(f"assert {str(installed)!r} in {place}" for place in places)
    notebook.cells.append(nbformat.v4.new_code_cell(f"import course\n{asked}"))
    nbformat.write(notebook, path)
    nbval(tmp_path, "--nbval-lax", path, installed)


def here(packages: Path, *words: str) -> None:
    """Run a module where nothing is, with packages of this folder."""
    env = {**os.environ, "PYTHONPATH": str(packages)}
    done = subprocess.run(
        [sys.executable, "-m", *words],
        cwd=packages,
        env=env,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_was_built_travels(packed):
    """Results of studies and notebooks, which people open from an installed wheel."""
    populations = {path.name for path in POPULATIONS.glob("*.sqlite")}
    opened = {
        f"course/notebooks/{kind}/{path.name}"
        for kind in ("lessons", "exercises")
        for path in (NOTEBOOKS / kind).glob("*.ipynb")
    }
    rubrics = {f"course/exercises/{x.parent.name}" for x in EXERCISES.glob("*/*.toml")}
    assert populations and opened and rubrics
    with zipfile.ZipFile(packed[1]) as file:
        names = set(file.namelist())
    assert {f"gluon_nets/study/populations/{name}" for name in populations} <= names
    assert opened <= names
    for folder in rubrics:  # what checks at home, and what an instructor releases
        assert {f"{folder}/rubric.toml", f"{folder}/exercise.py"} <= names


def test_the_wheel_holds_the_code_and_nothing_else(packed):
    with zipfile.ZipFile(packed[1]) as file:
        names = file.namelist()
        (info,) = {name.split("/")[0] for name in names if ".dist-info/" in name}
        metadata = email.message_from_bytes(file.read(f"{info}/METADATA"))
        scripts = file.read(f"{info}/entry_points.txt").decode()
    tops = {name.split("/")[0] for name in names}
    assert tops == {"gluon_nets", "gluon_nets_cli.py", "course", info}
    assert metadata["Version"] == gluon_nets.__version__
    assert metadata["Name"] == "gluon-nets"
    assert set(project()["optional-dependencies"]) == set(
        metadata.get_all("Provides-Extra")
    )
    assert "gluon-nets = gluon_nets_cli:main" in scripts
    assert "gluon-course = gluon_nets_cli:course" in scripts

from __future__ import annotations

import json
import sys
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gluon_nets.environment import cuda_libraries
from gluon_nets.environment.installed import Distribution, Installed
from gluon_nets.environment.problems import EnvironmentProblem, find_problems

CPU = Distribution("mxnet", "1.9.1", "/site")
GPU = Distribution("mxnet-cu117", "1.9.1", "/site")
FITS = Installed(python=(3, 11), numpy="1.23.5", mxnet=(CPU,))


def found(missing=(), **changes):
    return find_problems(replace(FITS, **changes), missing)


def the_one(problems):
    (problem,) = problems
    return problem


def test_what_fits():
    assert found() == []
    assert found(mxnet=(GPU,)) == []
    assert found(numpy="") == []  # there, without metadata
    assert found(mxnet=(Distribution("mxnet", None, ""),)) == []  # built from source


@given(st.integers(2, 4), st.integers(0, 30))
def test_python_fits_from_3_8_to_3_11(major, minor):
    problems = found(python=(major, minor))
    assert bool(problems) == ((major, minor) not in [(3, 8), (3, 9), (3, 10), (3, 11)])
    assert all(f"Python {major}.{minor} " in p.what for p in problems)


def test_a_wrong_python_is_all_there_is_to_say():
    problem = the_one(found(python=(3, 13), numpy="2.1.0", mxnet=()))
    assert "venv" in problem.mend


@given(st.integers(0, 3), st.integers(0, 30), st.sampled_from(["", ".0", ".5rc1"]))
def test_numpy_fits_below_1_24(major, minor, rest):
    problems = found(numpy=f"{major}.{minor}{rest}")
    assert bool(problems) == ((major, minor) >= (1, 24))


@pytest.mark.parametrize("version", ["2.4.6", None])
def test_numpy(version):
    problem = the_one(found(numpy=version))
    assert (version or "not installed") in problem.what
    assert problem.mend.endswith("-m pip install 'numpy<1.24'")


def test_no_mxnet():
    problem = the_one(found(mxnet=()))
    assert "mxnet==1.9.1" in problem.mend and "mxnet-cu117==1.9.1" in problem.mend


def test_two_mxnets():
    problem = the_one(found(mxnet=(CPU, GPU)))
    assert "mxnet and mxnet-cu117" in problem.what
    assert "uninstall -y mxnet mxnet-cu117 && " in problem.mend


def test_another_mxnet():
    problem = the_one(found(mxnet=(Distribution("mxnet", "2.0.0b1", "/site"),)))
    assert "2.0.0b1" in problem.what and "install mxnet==1.9.1" in problem.mend


def test_a_damaged_mxnet():
    problem = the_one(found(mxnet=(GPU,), mxnet_complete=False))
    assert problem.mend.endswith("install mxnet-cu117==1.9.1")


def test_missing_cuda_libraries():
    problem = the_one(found(("libcublas.so.11", "libcublasLt.so.11"), mxnet=(GPU,)))
    assert "libcublas.so.11 and libcublasLt.so.11" in problem.what
    assert problem.mend.count("nvidia-cublas-cu11") == 1


def test_a_missing_driver():
    problem = the_one(found((cuda_libraries.DRIVER,), mxnet=(GPU,)))
    assert "driver" in problem.what and "install mxnet==1.9.1" in problem.mend


def test_missing_system_libraries():
    problem = the_one(found(("libgomp.so.1", "libquadmath.so.0")))
    assert problem.mend.endswith("apt-get install -y libgomp1 libquadmath0")


def test_every_problem_has_a_mend_and_the_message_has_them_all():
    problems = found(("libgomp.so.1",), numpy="2.0", mxnet=(CPU, GPU))
    assert len(problems) == 3
    message = str(EnvironmentProblem(problems))
    assert all(p.what in message and p.mend in message for p in problems)


# The same with a fresh Python and folders that hold nothing but metadata.
BROKEN = {
    "no NumPy, no MXNet": ([], ["NumPy is not installed", "MXNet is not installed"]),
    "NumPy too new": (["numpy-2.4.6", "mxnet-1.9.1"], ["NumPy 2.4.6 is too new"]),
    "two MXNets": (
        ["numpy-1.23.5", "mxnet-1.9.1", "mxnet_cu117-1.9.1"],
        ["mxnet and mxnet-cu117 are both installed"],
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_import_says_it_in_one_message(site, run_python, case):
    distributions, expected = BROKEN[case]
    done = run_python(site(*distributions, complete="mxnet-1.9.1" in distributions),
                      "-c", "import gluon_nets")  # fmt: skip
    assert done.returncode == 1
    assert "gluon_nets.environment.problems.EnvironmentProblem: Gluon" in done.stderr
    for text in expected:
        assert done.stderr.count(text) == 1
    assert done.stderr.count("mend: ") == len(expected)
    assert "imported" not in done.stderr  # MXNet itself was not touched


@pytest.mark.parametrize("case", BROKEN)
def test_command_line_says_it_without_a_traceback(site, run_python, case):
    distributions, expected = BROKEN[case]
    folder = site(*distributions, complete="mxnet-1.9.1" in distributions)
    done = run_python(folder, "-m", "gluon_nets_cli", "list")
    assert (done.returncode, done.stdout) == (1, "")
    assert "Traceback" not in done.stderr
    assert all(text in done.stderr for text in expected)


@pytest.mark.parametrize("case", BROKEN)
def test_doctor_works_where_the_package_refuses(site, run_python, case):
    distributions, expected = BROKEN[case]
    folder = site(*distributions, complete="mxnet-1.9.1" in distributions)
    done = run_python(folder, "-m", "gluon_nets_cli", "doctor")
    assert (done.returncode, done.stderr) == (1, "")
    assert all(text in done.stdout for text in expected)
    done = run_python(folder, "-m", "gluon_nets_cli", "doctor", "--json")
    report = json.loads(done.stdout)
    assert done.returncode == 1 and report["ok"] is False
    assert [p["what"][: len(t)] for p, t in zip(report["problems"], expected)] == (
        expected
    )
    assert all(p["mend"].startswith(sys.executable) for p in report["problems"])

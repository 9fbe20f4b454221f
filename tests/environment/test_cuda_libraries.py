from __future__ import annotations

import ctypes
import shutil
import subprocess
import sys

import pytest

from gluon_nets.environment import cuda_libraries
from gluon_nets.environment.cuda_libraries import DRIVER, PACKAGES, SYSTEM, load
from gluon_nets.environment.installed import Distribution, Installed

CPU = Installed((3, 11), "1.23.5", (Distribution("mxnet", "1.9.1", ""),))
GPU = Installed((3, 11), "1.23.5", (Distribution("mxnet-cu117", "1.9.1", ""),))

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="shared libraries of Linux"
)

# what NVIDIA's libraries are linked to, among themselves
LINKED = {
    "libcublas.so.11": ["libcublasLt.so.11"],
    "libcudnn.so.8": ["libcublas.so.11"],
    "libcusolver.so.11": ["libcublas.so.11", "libcublasLt.so.11", "libcusparse.so.11"],
}


class System:
    """Stands for ctypes.CDLL: loads the names in ``there`` and every path."""

    def __init__(self, *there):
        self.there, self.loaded = there, []

    def __call__(self, name):
        if not name.startswith("/") and name not in self.there:
            raise OSError(name)
        self.loaded.append(name)


@pytest.fixture(autouse=True)
def mxnet_not_imported(monkeypatch):
    monkeypatch.delitem(sys.modules, "mxnet", raising=False)


@pytest.fixture
def nvidia(tmp_path, monkeypatch):
    """NVIDIA's wheels, as empty files."""
    for soname, (folder, _) in PACKAGES.items():
        path = tmp_path / folder / "lib" / soname
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    monkeypatch.setattr(cuda_libraries, "_nvidia_folders", lambda: [str(tmp_path)])
    return tmp_path


def test_all_there_each_after_those_it_is_linked_to(nvidia):
    system = System(DRIVER, *SYSTEM)
    assert load(GPU, system) == ()
    order = [name.rsplit("/", 1)[-1] for name in system.loaded]
    assert set(order) == {*PACKAGES, *SYSTEM, DRIVER}
    for soname, needed in LINKED.items():
        assert all(order.index(other) < order.index(soname) for other in needed)


def test_what_is_missing_is_named(nvidia):
    (nvidia / "cudnn" / "lib" / "libcudnn.so.8").unlink()
    assert load(GPU, System(*SYSTEM)) == ("libcudnn.so.8", DRIVER)


def test_the_systems_own_will_do(monkeypatch):
    monkeypatch.setattr(cuda_libraries, "_nvidia_folders", lambda: [])
    assert load(GPU, System(DRIVER, *SYSTEM, *PACKAGES)) == ()
    assert load(GPU, System(DRIVER, *SYSTEM)) == tuple(PACKAGES)


def test_the_cpu_wheel_needs_no_cuda(nvidia):
    system = System(*SYSTEM)
    assert load(CPU, system) == ()
    assert system.loaded == list(SYSTEM)
    assert load(CPU, System()) == tuple(SYSTEM)


def test_an_imported_mxnet_has_found_them_all(monkeypatch):
    monkeypatch.setitem(sys.modules, "mxnet", object())
    assert load(GPU, System()) == ()


def test_requirements_name_each_wheel_once():
    names = cuda_libraries.requirements(PACKAGES)
    assert len(names) == len({wheel for _, wheel in PACKAGES.values()})


@pytest.mark.skipif(not shutil.which("cc"), reason="needs a C compiler")
def test_a_loaded_library_is_not_searched_for(tmp_path, monkeypatch):
    """What all this stands on, with real libraries under made-up names."""
    folder = tmp_path / "part" / "lib"
    folder.mkdir(parents=True)
    soname = "libgluonnetspart.so.1"
    (tmp_path / "part.c").write_text("int part(void) { return 42; }")
    (tmp_path / "whole.c").write_text("int part(void); int whole(void){return part();}")
    cc = ["cc", "-shared", "-fPIC"]
    built, whole = str(folder / soname), str(tmp_path / "libwhole.so")
    for arguments in (
        ["part.c", f"-Wl,-soname,{soname}", "-o", built],
        ["whole.c", built, "-o", whole],
    ):
        subprocess.run([*cc, *arguments], check=True, cwd=str(tmp_path))
    with pytest.raises(OSError, match=soname):
        ctypes.CDLL(whole)
    monkeypatch.setattr(cuda_libraries, "PACKAGES", {soname: ("part", "part-wheel")})
    monkeypatch.setattr(cuda_libraries, "_nvidia_folders", lambda: [str(tmp_path)])
    assert soname not in load(GPU)
    assert ctypes.CDLL(whole).whole() == 42

from __future__ import annotations

import pytest

from gluon_nets.environment.installed import look


def names(path):
    return [d.name for d in look([str(path)]).mxnet]


def test_reads_names_and_versions(site):
    found = look([str(site("numpy-1.23.5", "mxnet-1.9.1", "gluoncv-0.10.5.post0"))])
    assert found.numpy == "1.23.5"
    assert [(d.name, d.version) for d in found.mxnet] == [("mxnet", "1.9.1")]
    assert found.gluoncv == "0.10.5.post0"
    assert found.mxnet_complete and not found.has_cuda


@pytest.mark.parametrize(
    "folder, name",
    [
        ("mxnet_cu117-1.9.1", "mxnet-cu117"),
        ("mxnet-cu117-1.9.1", "mxnet-cu117"),
        ("mxnet_cu101mkl-1.5.0", "mxnet-cu101mkl"),
        ("mxnet_mkl-1.5.0", "mxnet-mkl"),
    ],
)
def test_knows_mxnets_wheels(site, folder, name):
    assert names(site(folder)) == [name]


def test_other_projects_are_not_mxnet(site):
    assert names(site("mxnet_model_server-1.0.8", "mxnet_to_coreml-0.1")) == []


def test_two_wheels_in_one_folder(site):
    assert names(site("mxnet-1.9.1", "mxnet_cu117-1.9.1")) == ["mxnet", "mxnet-cu117"]


def test_first_on_the_path_is_used(tmp_path):
    for folder, version in (("a", "1.23.5"), ("b", "2.0.0")):
        info = tmp_path / folder / f"numpy-{version}.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").touch()
    a, b = str(tmp_path / "a"), str(tmp_path / "b")
    assert look([a, b]).numpy == "1.23.5"
    assert look([b, a]).numpy == "2.0.0"


def test_an_interrupted_uninstall_leaves_nothing(tmp_path):
    (tmp_path / "mxnet-1.9.1.dist-info").mkdir()
    assert names(tmp_path) == []


def test_debians_metadata_are_files(tmp_path):
    (tmp_path / "numpy-1.24.2.egg-info").touch()
    assert look([str(tmp_path)]).numpy == "1.24.2"


def test_folders_that_are_not_there_do_not_matter(tmp_path):
    (tmp_path / "packages.zip").touch()
    found = look([str(tmp_path / "none"), str(tmp_path / "packages.zip")])
    assert found.numpy is None and found.mxnet == ()


@pytest.mark.parametrize("lost", ["__init__.py", "libmxnet.so"])
def test_files_that_another_wheel_took_along(site, lost):
    folder = site("mxnet-1.9.1")
    (folder / "mxnet" / lost).unlink()
    assert not look([str(folder)]).mxnet_complete


def test_this_process():
    numpy = pytest.importorskip("numpy")
    found = look()
    assert found.numpy == numpy.__version__  # what is imported decides
    assert len(found.mxnet) == 1 and found.mxnet_complete

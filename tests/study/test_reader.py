"""Studies as files: what they say is what runs, and what does not fit is named."""

from __future__ import annotations

import dataclasses

import pytest

from gluon_nets.study.laws import choice, uniform
from gluon_nets.study.named import NAMES, get_space
from gluon_nets.study.reader import StudyError, parse_study, read_study, template


@pytest.mark.parametrize("name", NAMES)
def test_a_template_is_the_chapters_study(name):
    study = parse_study(template(name))
    assert study.space == get_space(name)
    assert study.name == name and study.designs == 100 and study.seed == 1
    assert study.training == type(study.training)()


def test_every_entry_has_an_effect():
    text = """
        designs = 7
        seed = 8
        repeats = 2
        [space]
        base = "AnyNetX_B"
        scale = "paper"
        name = "mine"
        rising = ["depth"]
        shared = []
        width = { law = "uniform", low = 8, high = 24, step = 8 }
        bottleneck = 2
        [space.frame]
        strides = [2, 2]
        stem_width = 24
        se_ratio = 0.25
        image_size = 32
        in_channels = 1
        num_classes = 10
        [space.bands]
        params = [1, 2]
        [training]
        data = "sample"
        lr = 0.05
        schedule = "constant"
    """
    study = parse_study(text, "file")
    space, base = study.space, get_space("AnyNetX_B", "paper")
    assert (study.name, study.designs, study.seed, study.repeats) == ("file", 7, 8, 2)
    assert (space.name, space.rising, space.shared) == ("mine", ("depth",), ())
    assert space.laws["width"] == uniform(8, 24, 8)
    assert space.laws["bottleneck"] == choice([2])
    assert space.laws["depth"] == base.laws["depth"]
    assert space.frame == dataclasses.replace(
        base.frame,
        strides=(2, 2),
        stem_width=24,
        se_ratio=0.25,
        image_size=32,
        in_channels=1,
        num_classes=10,
    )
    assert space.bands.params == (1, 2) and space.bands.flops is None
    assert (study.training.data, study.training.lr) == ("sample", 0.05)


WRONG = [
    ("designs = 0", "designs is 0"),
    ("designs = 1\ndesigns = 2", "no TOML"),
    ("name = 3", "name is 3"),
    ("repeats = -1", "repeats is -1"),
    ("size = 3", "'size' is no entry of the file: what fits is name, space"),
    ("space = 3", "space is 3: it must be a table"),
    ('space = "AnyNetX_Z"', "space is 'AnyNetX_Z'"),
    ('[space]\nbase = "Z"', "space is 'Z': what fits is AnyNetX_A"),
    (
        "[space]\nwidths = 3",
        "space: 'widths' is no entry: what fits is base, scale, depth",
    ),
    ('[space]\nbase = "RegNetX"\nrising = []', "space: 'rising' is no entry"),
    ('[space]\nwidth = "8"', "space: width: "),
    ("[space]\nwidth = 8.5", "space: width is 8.5"),
    ("[space]\nrising = 3", "space: rising is 3: it must be a list of names"),
    ("[space]\nframe = 3", "space: frame: frame is 3: it must be a table"),
    ("[space.frame]\nstride = 3", "space: frame: 'stride' is no entry of frame"),
    ("[space.frame]\nimage_size = 0", "space: frame: image_size is 0"),
    ("[space]\nbottleneck = 0.333333", "space: bottleneck is 0.333333: .*is 1/3"),
    ("seed = 100000000000000000000000", "seed is 10{23}: .* 0 to 9223372036854775807"),
    ("[space.bands]\nflops = [2, 1]", r"space: bands: flops is \[2, 1\]"),
    ("[space.bands]\nmacs = [1, 2]", "space: bands: 'macs' is no entry of bands"),
    ("[training]\nlr = 0", "training: lr is 0"),
    ("[training]\ndata = 3", "training: data is 3"),
    ("[training]\nepochs = 1\nwarmup_epochs = 1", "training: warmup_epochs is 1"),
    ("[training]\nbatch_size = 99999", "training: batch_size is 99999"),
    ('[training]\nschedule = "step"', "training: schedule is 'step'"),
]


@pytest.mark.parametrize("text, message", WRONG, ids=[text for text, _ in WRONG])
def test_what_does_not_fit_is_named_with_its_file(tmp_path, text, message):
    path = tmp_path / "study.toml"
    path.write_text(text)
    with pytest.raises(StudyError, match=f"{path} is no study: {message}") as caught:
        read_study(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "text, message",
    [
        ('[space]\nscale = "paper"', "mine can be drawn, .*: in_channels is 3, of"),
        ("[space.frame]\nnum_classes = 7", "mine can be drawn, .*: num_classes is 7"),
    ],
)
def test_spaces_of_other_images_are_read_but_not_trained(text, message):
    study = parse_study(text, "mine")
    with pytest.raises(ValueError, match=message):
        study.check_images()
    parse_study("", "mine").check_images()


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(StudyError, match="missing.toml cannot be read: No such file"):
        read_study(tmp_path / "missing.toml")
    with pytest.raises(StudyError, match="cannot be read: Is a directory"):
        read_study(tmp_path)
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(StudyError, match="it is not UTF-8"):
        read_study(tmp_path / "bytes.toml")
    (tmp_path / "deep.toml").write_text("a = " + "[" * 5000 + "]" * 5000)
    with pytest.raises(StudyError, match="deep.toml is no study: it is nested"):
        read_study(tmp_path / "deep.toml")
    (tmp_path / "large.toml").write_text("#" * 2_000_000)
    with pytest.raises(StudyError, match="more than 1000000 bytes"):
        read_study(tmp_path / "large.toml")

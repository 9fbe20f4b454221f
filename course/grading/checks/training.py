"""What only a training tells; the grader trains, with seeds of its own."""

from __future__ import annotations

from statistics import mean

from course.grading.checks.repeats import mean_of
from course.grading.findings import Miss, plain

__all__ = ["all_measured", "measured", "trained"]

CLASSES = 10
LARGEST = 100_000_000  # flops; twice as many take longer than a training may


def trained(
    answers,
    answer: str,
    like: str = "",
    margin: float = 0.0,
    most: float | None = None,
    seeds: int = 1,
    largest: int | None = None,
    **recipe,
) -> None:
    """Its error is not above that of a network of ours plus a margin, or above `most`.

    `like` is our network's name; both are trained by the same recipe and seeds. What
    has more flops than `largest`, or else than `LARGEST`, is not trained.
    """
    network = answers.network(answer)
    check_trainable(network, largest)
    if like:
        opponent = ours(like, network.graph.image)
        no_worse(answers, network, opponent, margin, seeds, recipe)
    if most is not None:
        found = mean_error(answers, network, seeds, recipe)
        if found > most:
            raise Miss("errs", name=network.name, found=found, fits=most)


def no_worse(answers, network, other, margin: float, seeds: int, recipe) -> None:
    """Trained by the same recipe and seeds, it errs no more than another, plus that."""
    error = mean_error(answers, other, seeds, recipe)
    found = mean_error(answers, network, seeds, recipe)
    if found > error + margin:
        raise Miss(
            "worse",
            name=network.name,
            found=found,
            other=other.name,
            error=error,
            fits=error + margin,
        )


def measured(
    answers,
    answer: str,
    network: str,
    within: float,
    like: str = "",
    seeds: int = 1,
    largest: int | None = None,
    **recipe,
) -> None:
    """An error that a student measured is about what the grader measures.

    Of a list of errors it is the mean. like: it is of this network of ours, by name,
    for the image of the student's. See `trained`.
    """
    found = mean_of(answers, answer)
    of = answers.network(network)
    if like:
        of = ours(like, of.graph.image)
    check_trainable(of, largest)
    fits = mean_error(answers, of, seeds, recipe)
    if abs(found - fits) > within:
        raise Miss("measured", name=answer, found=found, fits=fits)


def all_measured(answers, answer: str, network: str, keys: list, **options) -> None:
    """The same for several networks and their errors, by their keys."""
    for key in keys:
        measured(answers, f"{answer}.{key}", f"{network}.{key}", **options)


def check_trainable(network, largest: int | None = None) -> None:
    """A network can be trained with our images, and in a time that we have."""
    graph = network.graph
    if graph.classes != CLASSES:
        found = plain(graph.classes)
        raise Miss("classes", name=network.name, found=found, fits=CLASSES)
    most = LARGEST if largest is None else largest
    if graph.flops > most:
        found, fits = plain(graph.flops), plain(most)
        raise Miss("untrained", name=network.name, found=found, fits=fits)


def mean_error(answers, network, seeds: int, recipe) -> float:
    """The mean over trainings with several seeds."""
    return mean(answers.train(network, repeat=n, **recipe) for n in range(seeds))


def ours(name: str, image):
    """A network of ours by name, read as a student's is."""
    from course.grading.answers import Network
    from course.grading.extract import graph_text
    from course.grading.graph import read_graph
    from gluon_nets.nets import get_net

    net = get_net(name, num_classes=10, in_channels=image[0])
    return Network(name, read_graph(graph_text(net, image), tuple(image)))

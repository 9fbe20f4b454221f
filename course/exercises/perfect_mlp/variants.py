# %% [right] NumPy's generator, multiples of 8, other rates
def space(n, seed):
    rng = numpy.random.default_rng(seed)
    drawn = []
    for _ in range(n):
        widths = 8 * rng.integers(1, 17, size=rng.integers(1, 6))
        drawn.append(
            {
                "dropout": rng.uniform(0, 0.5) * rng.integers(0, 2),
                "norm": rng.integers(0, 2) == 1,
                "widths": widths,
                "depth": len(widths),
            }
        )
    return drawn


# %% [right] the predicate with a loop and NumPy's truth
def obeys(design, constraint):
    if constraint == "falling":
        return numpy.all(numpy.diff(design["widths"]) <= 0)
    if constraint == "shallow":
        return numpy.bool_(design["depth"] < 3)
    if constraint == "normed":
        return design["norm"]
    return constraint == "all" or not design["dropout"]


# %% [right] plain blocks with forward, biases before BatchNorm
class Plain(nn.Block):
    def __init__(self, design):
        super().__init__()
        self.hidden = nn.Sequential()
        for width in design["widths"]:
            self.hidden.add(nn.Dense(width))
            if design["norm"]:
                self.hidden.add(nn.BatchNorm())
            self.hidden.add(nn.Activation("relu"), nn.Dropout(design["dropout"]))
        self.last = nn.Dense(10)

    def forward(self, x):
        return self.last(self.hidden(x.reshape(x.shape[0], -1)))


nets = [Plain(design) for design in designs]

# %% [right] no flatten layer: dense layers do that themselves; in a dict
nets = {}
for number, design in enumerate(designs):
    nets[number] = nn.HybridSequential()
    nets[number].add(*[layer for layer in build(design)][1:])

# %% [right] 20 designs of 24, in tuples
designs, errors, nets = tuple(designs[:20]), errors[:20], tuple(nets[:20])
parts = {
    constraint: [e for d, e in zip(designs, errors) if obeys(d, constraint)]
    for constraint in constraints
}
edfs = {c: [edf(part, t) for t in thresholds] for c, part in parts.items()}
shift = max(constraints[1:], key=lambda constraint: edfs[constraint][1])

# %% [right] 128 designs
designs, errors = space(128, seed=3), [min(errors)] + 127 * [0.3]
designs[0] = {"depth": 1, "widths": [128], "norm": True, "dropout": 0.0}
nets = [build(design) for design in designs]
parts = {
    constraint: [e for d, e in zip(designs, errors) if obeys(d, constraint)]
    for constraint in constraints
}
edfs = {c: [edf(part, t) for t in thresholds] for c, part in parts.items()}
shift = max(constraints[1:], key=lambda constraint: edfs[constraint][1])

# %% [right] errors as arrays, EDFs rounded and in a table of their own
errors = numpy.array(errors)
edfs = {name: numpy.round(shares, 2) for name, shares in edfs.items()}
shift = shift.upper()


# %% [right] the mean of an array of truths
def edf(errors, e):
    return (numpy.array(errors) <= e).mean()


# %% [right] widths as numbers, a prediction by hand, two hidden layers
ladder = {int(name): error for name, error in ladder.items()}
prediction = numpy.float32(0.165)
best = build({"depth": 2, "widths": [512, 256], "norm": True, "dropout": 0.0})
best_error = 0.16

# %% [right] leaky ReLU, another width, dropout
best = nn.Sequential()
best.add(nn.Dense(600, use_bias=False), nn.BatchNorm(), nn.LeakyReLU(0.1))
best.add(nn.Dropout(0.1), nn.Dense(10))
prediction, best_error = 0.17, 0.175


# %% [loses space] widths that are no multiples of 8
def space(n, seed):
    rng, drawn = random.Random(seed), []
    for _ in range(n):
        widths = [rng.randint(8, 128) for _ in range(rng.randint(1, 5))]
        design = {"depth": len(widths), "widths": widths, "norm": True, "dropout": 0.0}
        drawn.append(design)
    return drawn


# %% [loses space] depth tells all dense layers, the last one included
reference = space


def space(n, seed):
    return [{**d, "depth": d["depth"] + 1} for d in reference(n, seed)]


# %% [loses space] six hidden layers
reference = space


def space(n, seed):
    drawn = reference(n, seed)
    return [{**d, "depth": 6, "widths": 6 * d["widths"][:1]} for d in drawn]


# %% [loses space] no dropout in the designs
reference = space


def space(n, seed):
    drawn = reference(n, seed)
    return [{k: d[k] for k in ("depth", "widths", "norm")} for d in drawn]


# %% [loses seeds] the seed is ignored
reference = space


def space(n, seed):
    return reference(n, 0)


# %% [loses seeds] without a seed
reference = space


def space(n, seed):
    return reference(n, random.random())


# %% [loses space] never any dropout
reference = space


def space(n, seed):
    return [{**design, "dropout": 0.0} for design in reference(n, seed)]


# %% [loses space] one design more than asked
reference = space


def space(n, seed):
    return reference(n + 1, seed)


# %% [loses space, seeds] a generator, no list
reference = space


def space(n, seed):
    yield from reference(n, seed)


# %% [loses space, seeds] one design, twenty times
reference = space


def space(n, seed):
    return n * reference(1, seed)


# %% [loses obeys] falling means strictly falling
reference = obeys


def obeys(design, constraint):
    widths = design["widths"]
    if constraint == "falling":
        return all(a > b for a, b in zip(widths, widths[1:]))
    return reference(design, constraint)


# %% [loses obeys] shallow is one layer only
reference = obeys


def obeys(design, constraint):
    if constraint == "shallow":
        return design["depth"] == 1
    return reference(design, constraint)


# %% [loses nets] BatchNorm in all networks
nets = [build({**design, "norm": True}) for design in designs]

# %% [loses nets] the widths in the opposite order
nets = [build({**design, "widths": design["widths"][::-1]}) for design in designs]

# %% [loses nets] one hidden layer is missing
nets = [build({**design, "widths": design["widths"][1:]}) for design in designs]


# %% [loses nets] no ReLU at all
for number, net in enumerate(nets):
    nets[number] = nn.HybridSequential()
    nets[number].add(*[x for x in net if not isinstance(x, nn.Activation)])


# %% [loses nets] BatchNorm behind ReLU
def late(design):
    net = nn.HybridSequential()
    for width in design["widths"]:
        net.add(nn.Dense(width, activation="relu"))
        if design["norm"]:
            net.add(nn.BatchNorm())
        net.add(nn.Dropout(design["dropout"]))
    net.add(nn.Dense(10))
    return net


nets = [late(design) for design in designs]

# %% [loses nets] a sigmoid in ReLU's place
for number, net in enumerate(nets):
    nets[number] = nn.HybridSequential()
    for x in net:
        is_relu = isinstance(x, nn.Activation)
        nets[number].add(nn.Activation("sigmoid") if is_relu else x)

# %% [loses nets] a convolution and a pooling in front
for number, design in enumerate(designs):
    nets[number] = nn.HybridSequential()
    nets[number].add(nn.Conv2D(4, 3), nn.MaxPool2D(2, 2), *build(design))

# %% [loses nets] a softmax at the end
nets = [build(design) for design in designs]
nets[3].add(nn.HybridLambda(lambda F, x: F.npx.softmax(x)))

# %% [loses nets] a design without a hidden layer
designs = [{**designs[0], "depth": 0, "widths": []}, *designs[1:]]
nets = [build(design) for design in designs]
parts = {
    constraint: [e for d, e in zip(designs, errors) if obeys(d, constraint)]
    for constraint in constraints
}
edfs = {c: [edf(part, t) for t in thresholds] for c, part in parts.items()}
shift = max(constraints[1:], key=lambda constraint: edfs[constraint][1])

# %% [loses nets, errors, errors_hold, edfs, shift] ten designs
designs = designs[:10]

# %% [loses nets, errors_hold] more networks than are looked at
designs, errors = 6 * designs, 6 * errors
nets = [build(design) for design in designs]

# %% [loses nets, errors_hold] networks only of the first two
nets = nets[:2]

# %% [loses errors, errors_hold, edfs] errors in per cent
errors = [100 * error for error in errors]

# %% [loses errors, errors_hold, edfs, shift] one error is missing
errors = errors[:-1]

# %% [loses errors_hold, edfs] accuracies
errors = [1 - error for error in errors]


# %% [loses edf] less than e, not at most
def edf(errors, e):
    return sum(error < e for error in errors) / len(errors)


# %% [loses edf, edfs] counts, no shares
def edf(errors, e):
    return sum(error <= e for error in errors)


edfs = {c: [edf(part, t) for t in thresholds] for c, part in parts.items()}

# %% [loses edfs] two thresholds only
edfs = {name: shares[:2] for name, shares in edfs.items()}

# %% [right] no design is clean: its list stays empty
designs = [{**design, "dropout": 0.01} for design in designs]
nets = [build(design) for design in designs]
edfs["clean"] = []
shares = {name: edfs[name][1] for name in ("falling", "shallow", "normed")}
shift = max(shares, key=shares.get)

# %% [loses edfs] shares of all networks, not of those that obey
edfs = {
    name: [share * len(parts[name]) / len(errors) for share in shares]
    for name, shares in edfs.items()
}

# %% [loses shift] the constraint that shifts least
shift = min(constraints[1:], key=lambda constraint: edfs[constraint][1])

# %% [loses shift] a sentence
shift = "it is BatchNorm that makes the difference"

# %% [loses ladder] the ladder in per cent
ladder = {name: 100 * error for name, error in ladder.items()}

# %% [loses ladder] the largest step is missing
ladder = {name: error for name, error in ladder.items() if name != "128"}

# %% [loses layers] a convolution in front
best = nn.HybridSequential()
best.add(nn.Conv2D(4, 3, strides=2, padding=1), nn.Dense(512, use_bias=False))
best.add(nn.BatchNorm(), nn.Activation("relu"), nn.Dense(10))

# %% [loses size] too small
best = family(256)

# %% [loses size] too large
best = build({"depth": 2, "widths": [1024, 256], "norm": True, "dropout": 0.0})

# %% [loses prediction] predicted far too well
prediction = 0.08

# %% [loses prediction, best_error] in per cent
prediction, best_error = 100 * prediction, 100 * best_error

# %% [loses best_error] the error of the training images
best_error = 0.06

# %% [loses good] four layers without BatchNorm
best = build({"depth": 4, "widths": [384, 128, 64, 32], "norm": False, "dropout": 0.0})
prediction, best_error = 0.25, 0.25

# %% [loses good, prediction, best_error] nothing between the dense layers, and dropout
best = nn.HybridSequential()
best.add(nn.Dense(512), nn.Dropout(0.9), nn.Dense(256), nn.Dropout(0.9), nn.Dense(10))

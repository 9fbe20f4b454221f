"""The data sets that one can ask for by name."""

DATA = {"sample": "sample", "fashion-mnist": None}  # name -> FashionMNIST's subset

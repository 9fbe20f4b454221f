"""All that grading says to a student, in one place: to be translated here."""

from __future__ import annotations

FILES = {  # what was submitted, before anything is run
    "no_file": "{name} is no file",
    "large_file": "{name} has {found} MiB: {fits} MiB are read; clear the outputs and "
    "submit it again",
    "unreadable": "{name} cannot be read: {reason}",
    "lists": "the file has more lists in it than a notebook may",
    "blank": "the file is empty",
    "not_json": "the file is no notebook: it is not JSON",
    "no_cells": "the file is no notebook: it has no cells",
    "cells": "the notebook has {found} cells: at most {fits} are read",
    "characters": "the cells have {found:,} characters: at most {fits:,} are read",
    "nothing": "no notebook was submitted",
    "several": "{found} notebooks were submitted: {name} counts",
    "other_name": "the notebook is called {name} instead of {fits}",
    "not_collected": "no answers were collected",
    "endless": "its answers took more than {found:g} s of the processor's time to "
    "check",
    "training": "a training failed: {reason}",
}
ANSWERS = {  # values that cannot be taken, behind the answer's name
    "type": "it is of the type {found}: it must be {fits}",
    "raises": "{name} raises {found}",
    "nested": "it is nested too deeply",
    "iterator": "it is a {found}: a list fits",
    "holds": "it holds something of the type {found}: numbers and texts fit",
    "too_large": "it is too large: {found:,} characters as JSON",
    "no_block": "it is {found}: it must be a network, a Block of Gluon",
    "fails": "it fails for images of {shape}: {reason}",
    "not_computed": "it does not compute its output from the images by MXNet's "
    "operators",
    "writes": "it writes into an array (y[:] = …, or out=…), which MXNet cannot "
    "record: let it make a new one",
    "several_outputs": "it gives {found} outputs: one fits",
    "no_array": "it gives a {found}: an array of mxnet.np fits",
}
GRAPHS = {  # that are not read
    # the text
    "text": "the network's graph is {found}: it must be JSON text",
    "size": "the network's graph is {found} characters long: {fits} fit",
    "json": "the network's graph is no JSON of a network: {reason}",
    "nodes": "the network has {found} operations: {fits} fit",
    "edges": "the network's operations read {found} values: {fits} fit",
    "form": "the network's graph is damaged: {reason}",
    "image": "{found} is no image's shape: (channels, height, width) fits",
    # what is allowed
    "operator": "the network uses {op}, which the grader does not know: build it of "
    "convolutions, dense layers, norms, activations, poolings, sums, products, "
    "concatenations and reshapes",
    "arity": "{where} reads {found} values: {fits} fit",
    "attribute": "{where} has {attribute} {found}: {fits}",
    "lacks": "{where} has no {attribute}: {fits}",
    "array": "{where} reads an array of its own where another layer's output belongs",
    "computed": "{where} reads a layer's output as its {role}: a parameter fits there",
    "inputs": "{where} reads a second input: a network has one, the images",
    "shared": "{where} shares a {role} of shape {found}: here it must have {fits}",
    "constant": "the network's output does not depend on the images",
    "outputs": "the network gives {found} outputs: it must give one array",
    # shapes
    "rank": "{where} is given an array of shape {found}: {fits}",
    "groups": "{where} has {groups} groups, which do not divide its {channels} {what}",
    "window": "{where} is given maps of {found} pixels: its kernel and stride need "
    "larger ones, by a larger image or fewer strides",
    "shapes": "{where} is given arrays of shapes {found}: {fits}",
    "batch": "{where} mixes the images of a batch: each image must be on its own",
    "features": "{where} makes the shape {found} of {number} numbers",
    # budgets
    "large": "{where} makes {found} numbers of an image: {fits} fit",
    "budget": "the network has {found} {what}: {fits} fit",
}
MESSAGES = {  # rows that do not hold
    # answers
    "absent": "{name} is not there: give your answer this name",
    "empty": "{name} is still None",
    "kind": "{name} is {found}: it must be {fits}",
    "extraction": "{name}: {reason}",
    "key": "{name} has no {key!r}: what is there is {found}",
    "failed": "this row could not be checked: {reason}",
    # structure
    "stages": "{name} has {found} stages: it must have {fits}",
    "stage": "{name}, stage {stage} has {what} {found}: it must be {fits}",
    "block": "{name}, stage {stage}, block {block} is a {found} block: it must be "
    "{fits}",
    "shortcut": "{name}, stage {stage}, block {block} has {found} shortcut: {fits} "
    "fits",
    "no_last_relu": "{name}, stage {stage}, block {block}: no ReLU follows the sum",
    "stage_norms": "{name}, stage {stage}, block {block} has {found} BatchNorms in its "
    "convolutions' way: {fits}, one behind each, fit",
    "no_inner_relu": "{name}, stage {stage}, block {block}: no ReLU between the "
    "convolutions {found} and {next}",
    "grouped": "{name}, stage {stage}, block {block} has {found} groups: 1 fits",
    "grouped_layer": "a convolution of {found} groups is left in {name}",
    "rising": "{name}, stage {stage} has {what} {found}: it must be {fits}, the {what} "
    "of stage {before}",
    "not_rising": "{name}: nowhere do the {what}s {found} fall: somewhere they must",
    "shared": "{name}, stage {stage}, block {block} has {what} {found}, and the first "
    "block of all has {fits}: all must have the same",
    "not_shared": "{name}: all stages have the {what} {found}: they must differ",
    "breaks_too": "{name} is to break {principle} alone, but breaks {other}, too: the "
    "{what}s are {found}",
    "rule": "{name} gives the blocks widths {found}, and the network's are {widths}: "
    "that is {error:.1%} apart, {fits:.1%} fit",
    "stem": "{name} begins with {found}: it must begin with {fits}",
    "head": "{name} ends in {found}: it must end in {fits}",
    "classes": "{name} has {found} outputs: it must have {fits}",
    "layers": "{name} has {what} {found}: it must be {fits}",
    "forbidden": "{name} has a layer of the kind {found}: {fits} fit",
    "lacking": "{name} has no layer of the kind {fits}",
    "same_network": "{first} and {second} are the same network",
    "chain": "{name} is a chain of {found}: {fits} fits",
    "no_merge": "{name} has no {fits} of branches on the way to its output",
    "no_fork": "{name}: the branches before the {merge} do not begin at one place",
    "branches": "{name}: the branches before the {merge} are {found}: {fits} fit",
    "no_relu": "{name}: no ReLU between the convolution {found} and {next}",
    "no_norm": "{name}: no BatchNorm behind the convolution {found}",
    "chain_layer": "{name}, convolutions and poolings: number {place} is {found}: it "
    "must be {fits}",
    "last_map": "{name}: the last map has {found} pixels a side: {fits} or more fit",
    "not_activated": "{name}: no ReLU follows convolution {number}",
    "no_bias": "{name}: convolution {number} has no bias",
    "branched": "{name} has branches, which meet in {found}: a VGG is a chain of "
    "layers",
    "dense_relu": "{name}: no ReLU follows dense layer {number}",
    "dense_dropout": "{name}: behind dense layer {number} the dropout's rate is "
    "{found}: it must be {fits}",
    "plan": "{name} has the blocks {found} (how many × channels): {fits} fit",
    "block_of": "{name}, block {block} is {found}: it must be a {fits} block",
    "block_norms": "{name}, block {block} has {found} BatchNorms in its convolutions' "
    "way: {fits}, one behind each, fit",
    "block_relu": "{name}, block {block}: a ReLU must follow the sum, and none stand "
    "right before it",
    "block_inner_relu": "{name}, block {block}: no ReLU between the convolutions "
    "{found} and {next}",
    "block_stride": "{name}, block {block} has stride {found}: it must be {fits}",
    "not_preactivated": "{name}: convolution {number} does not read what BatchNorm and "
    "ReLU give",
    "preact_shortcut": "{name}, block {block}: the {shortcut} on its shortcut reads "
    "{found}: it must read {fits}",
    "shortcut_norm": "{name}, block {block}: BatchNorm follows the projection: it must "
    "not",
    "surplus": "{name}, block {block} has a projection and needs none: what it gives "
    "has the shape of what it gets",
    "closed_sum": "{name}: a ReLU follows sum {number}",
    "final_norm": "{name}: between the last sum and the pooling there is {found}: "
    "BatchNorm and ReLU fit",
    # costs and numbers
    "budget": "{name} has {found} {what}: {low} to {high} fit",
    "cost": "{name} has {found} {what}: it must have {fits}",
    "dearer": "{name} has {found} {what}, {share:.1%} of {than}'s: {fits:.1%} fit",
    "over": "{name} has {found} {what}: at most {fits} fit",
    "number": "{name} is {found}, which is not right",
    "number_range": "{name} is {found}: it must lie between {low} and {high}",
    "own_number": "{name} is {found}, which is not what your own network has",
    "own_error": "{name} is {found}, which is not what your own errors give",
    "own_list": "{name} is ({found}), which is not what your own errors give",
    "conclusion": "{name} is {found!r}: your own numbers {numbers} say otherwise",
    "not_lower": "{name} is {found} and {other} is {fits}: the first must be lower",
    "least_at": "{name} is {found}: in your own {other} the least is not there",
    "vanishes": "{name} is {before} before and {after} after: there must be one "
    "before, and at most {fits:.1%} of it after",
    "seed": "{name} gave two different lists",
    "seeds": "{name} and {other} gave the same list",
    "same_field": "{name}: {what} is {found} in each of the designs: it must vary",
    "truth": "{name} is {found}: it must be {fits}",
    "few_designs": "{name} has {found} different designs: {fits} or more fit",
    "own_edf": "{name} is {found}, which is not what your own designs and errors give",
    "length": "{name} has {found} entries: it must have {fits}",
    "entry": "{name}, entry {index}: {what} is {found}: {fits}",
    # training
    "worse": "trained alike, {name} errs in {found:.1%} and {other} in {error:.1%}: "
    "more than {fits:.1%} is too much",
    "errs": "trained by us, {name} errs in {found:.1%}: "
    "more than {fits:.1%} is too much",
    "untrained": "{name} has {found} flops: what has more than {fits} is not trained",
    "measured": "{name} is {found:.1%}: trained by us it is {fits:.1%}",
    # rows
    "pending": "is trained by the grader; nothing is wrong so far",
}

"""Trainings that end in the middle of an epoch."""

import signal

import jax
from small import as_bits

from jaxcnn.training import _loop


class CutOffError(Exception):
    """The end of a process, as far as the checkpoints can tell."""


def _after(k, monkeypatch, happens):
    original, count = _loop._add, []

    def add(sums, result):
        original(sums, result)
        count.append(0)
        if len(count) == k:
            happens()

    monkeypatch.setattr(_loop, "_add", add)


def cut_after(k, monkeypatch):
    """Let a training end without a word after `k` updates, in whatever epoch."""

    def happens():
        raise CutOffError

    _after(k, monkeypatch, happens)


def signal_after(k, number, monkeypatch):
    """Let a signal arrive after `k` updates."""
    _after(k, monkeypatch, lambda: signal.raise_signal(number))


def weights(run):
    """The bits of everything that a training has learned."""
    state = run.state
    trees = (
        state.variables,
        state.opt_state,
        state.ema,
        state.step,
        jax.random.key_data(state.key),
    )
    return as_bits((trees, run.network.variables))

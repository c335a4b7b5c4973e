"""A small network in a folder, and pictures for it."""

from small_run import network as network
from small_run import pictures as pictures
from small_run import run as run

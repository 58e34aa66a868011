"""The garbage collector, told what a catalogue is: millions of records that are all in use."""

from __future__ import annotations

import gc


def many_records() -> None:
    """Look for garbage seldom, in this process from now on.

    Default: after every 700 new objects. Records hold no cycles, and going through them again and again takes a quarter
    of a build's time.
    """
    gc.set_threshold(100_000, 20, 100)

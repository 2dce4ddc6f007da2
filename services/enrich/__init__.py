"""Find what matters in a story: highlights, the actors in it, the places."""

import os

# numpy reads this once, when a module of this package first imports it, and would start a thread a core.
# One thread: the same sums on every machine, none that a fork would lose, and a start without theirs.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

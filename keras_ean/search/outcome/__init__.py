"""What scores have shown: which scheme, how sure, and whether there was anything to find.

`SchemeTuner` draws the conclusion of its own search; these are for scores that come from elsewhere.
"""

from keras_ean.search.outcome.conclusion import Conclusion, NoSignalWarning, conclude
from keras_ean.search.outcome.differences import differences
from keras_ean.search.outcome.estimate import Estimate, most_promising
from keras_ean.search.outcome.settled import Rival, strongest_rival
from keras_ean.search.outcome.signal import Signal, find_signal

__all__ = [
    "Conclusion",
    "Estimate",
    "NoSignalWarning",
    "Rival",
    "Signal",
    "conclude",
    "differences",
    "find_signal",
    "most_promising",
    "strongest_rival",
]

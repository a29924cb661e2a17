"""The safety net: who may be in danger is called by a person, and nothing but a clinician's disposition ends that.

`raising.raise_item()` stands in the transaction that saves the answer; `working` holds what clinicians
do; `clocks` counts, `policy` holds the clinic's numbers; `alerts` and `sweep` tell staff until somebody
acts; `crisis` is what the person sees at once; `moves` is the life of an item, for the database too.
"""

from intake.safety.crisis import crisis_block
from intake.safety.raising import raise_item
from intake.safety.working import Attempt, Disposition, acknowledge, close, hand_over, record_attempt

__all__ = (
    "Attempt",
    "Disposition",
    "acknowledge",
    "close",
    "crisis_block",
    "hand_over",
    "raise_item",
    "record_attempt",
)

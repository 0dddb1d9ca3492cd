"""The resolver as one would say it: loops over candidates; no masks, no columns, no memory.

It is the specification that the compiled resolver is held against, so it uses none of it: of the
project only the plain values (`test_independence`). Conditions it is given as plain functions.
"""

from tests.domain.reference.answer import refuse_or_answer
from tests.domain.reference.asked import Refused

__all__ = ["Refused", "refuse_or_answer"]

"""Python runs this at its start when this folder is on PYTHONPATH: moves the clock by CLOCK_MOVED_BY seconds.

Only `docs/front_desk_pictures.py` puts it there.
"""

import os
import time

import time_machine

if "CLOCK_MOVED_BY" in os.environ:
    time_machine.travel(time.time() + float(os.environ["CLOCK_MOVED_BY"]), tick=True).start()

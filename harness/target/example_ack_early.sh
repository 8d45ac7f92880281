#!/bin/sh
# killpoint-example-ack-early-target: the example with its planted bug.
# A target gets no arguments, so a script gives them; with exec, for signals go to what was started.
exec "$(dirname -- "$0")/killpoint-example-target" --bug ack-early

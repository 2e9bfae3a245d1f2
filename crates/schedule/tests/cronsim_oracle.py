"""Answers cron questions with cronsim, one line each.

Input lines:  zone TAB start (seconds since 1970) TAB count TAB expression
Output lines: "ok" followed by the next instants (seconds since 1970), or "err" and the reason.
"""

import sys
from datetime import datetime, timezone
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError


def answer(line):
    zone, start, count, expression = line.rstrip("\n").split("\t")
    tz = timezone.utc if zone == "UTC" else ZoneInfo(zone)
    begin = datetime.fromtimestamp(int(start), tz)
    found = []
    try:
        schedule = CronSim(expression, begin)
        for _ in range(int(count)):
            found.append(str(int(next(schedule).timestamp())))
    except CronSimError as error:
        return f"err {error}"
    except (StopIteration, RuntimeError):
        pass
    except (AssertionError, ValueError, OverflowError) as error:
        return f"err {type(error).__name__}: {error}"
    return " ".join(["ok", *found])


def main():
    write = sys.stdout.write
    for line in sys.stdin:
        write(answer(line) + "\n")


if __name__ == "__main__":
    main()

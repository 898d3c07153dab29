"""Moments of a company's past, told from the present one: working days back, in the workspace's zone."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")
MORNING, EVENING = timedelta(hours=9, minutes=10), timedelta(hours=17, minutes=40)


class Moments:
    """Monday to Friday, nine to six; the same distances whatever the hour the company is loaded at."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.today = now.astimezone(ZONE).date()

    def workday(self, back: int, hour: float) -> datetime:
        """The hour of the working day so many working days before today."""
        day = self.today
        for _day in range(back):
            day -= timedelta(days=1)
            while day.weekday() >= 5:
                day -= timedelta(days=1)
        return datetime.combine(day, time(), tzinfo=ZONE) + timedelta(hours=hour)

    def ago(self, **span: float) -> datetime:
        return self.now - timedelta(**span)

    def between(self, start: datetime, end: datetime, share: float) -> datetime:
        """A moment at this share of the way, within office hours of a working day if one is near enough."""
        moment = start + (end - start) * share
        local = moment.astimezone(ZONE)
        midnight = datetime.combine(local.date(), time(), tzinfo=ZONE)
        at_work = midnight + min(max(local - midnight, MORNING), EVENING)
        at_work -= timedelta(days=max(local.weekday() - 4, 0))
        return at_work if start < at_work < end else moment

    def later_today(self, share: float) -> datetime:
        """Between now and the end of the day, at this share of what is left of it."""
        midnight = datetime.combine(self.today + timedelta(days=1), time(), tzinfo=ZONE)
        evening = datetime.combine(self.today, time(18), tzinfo=ZONE)
        end = evening if evening > self.now + timedelta(hours=1) else midnight
        return self.now + (end - self.now) * max(share, 0.1)

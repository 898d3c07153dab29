from typing import Any

from django.core.management.base import BaseCommand

from salesflow.celery import app
from salesflow.runtime.scheduling import scheduler_run


class Command(BaseCommand):
    help = "Run the scheduler: Celery's beat, and a stand-in that sweeps when no worker does."

    def handle(self, *args: Any, **options: Any) -> None:
        scheduler_run(app)

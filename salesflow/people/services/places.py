"""When regions, departments and teams are still needed."""

from salesflow.people.models import Department, Region, Team, Territory, User
from salesflow.people.services.config_records import needed_when


def _region_needed(region: Region) -> bool:
    return Team.objects.filter(region=region, archived_at=None).exists()


def _department_needed(department: Department) -> bool:
    return User.objects.active().filter(department=department).exists()


def _team_needed(team: Team) -> bool:
    territories = Territory.objects.filter(team=team, archived_at=None)
    return territories.exists() or User.objects.active().filter(team=team).exists()


def register_all() -> None:
    needed_when(Region, _region_needed)
    needed_when(Department, _department_needed)
    needed_when(Team, _team_needed)

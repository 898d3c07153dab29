"""Who may do what with tasks and notes: pure questions."""

from salesflow.lib.lists import ListSpec
from salesflow.lib.subjects import subject_of
from salesflow.people.models import User
from salesflow.people.roles import ALL, TEAM
from salesflow.work.exports import export_lists
from salesflow.work.imports import ImportKind, import_kind
from salesflow.work.models import BulkJob, Export, Import, Meeting, Note, SavedView, Task


def can_work_on(user: User, type_: str, obj: object) -> bool:
    """Whether the person may log, plan and note on this record; the record's own app decides.

    A task takes files, but is itself something planned on a record.
    """
    return not isinstance(obj, Task) and subject_of(type_).can_work(user, obj)


def can_assign_task(user: User, assignee: User) -> bool:
    """Oneself, and the people in the scope of one's task rights."""
    people = user.people_in_scope[user.scope("tasks.create")]
    return user.may("tasks.create") and (people is None or assignee.pk in people)


def can_edit_task(user: User, task: Task) -> bool:
    people = user.people_in_scope[user.scope("tasks.edit")]
    return user.may("tasks.edit") and (
        people is None or task.assignee_id in people or task.created_by_id == user.pk
    )


def can_edit_meeting(user: User, meeting: Meeting) -> bool:
    """The organiser's, and of those in whose scope he is."""
    people = user.people_in_scope[user.scope("tasks.edit")]
    return user.may("tasks.edit") and (people is None or meeting.organiser_id in people)


def can_edit_note(user: User, note: Note) -> bool:
    """A note is its writer's."""
    return note.by_id == user.pk


def can_edit_view(user: User, view: SavedView) -> bool:
    """A view is its maker's; shared ones are also changed by those who may share with everybody."""
    shared = view.audience != SavedView.Audience.PRIVATE
    return view.owner_id == user.pk or (shared and can_share_with_all(user))


def can_share_with_team(user: User, team_id: int) -> bool:
    """The team one belongs to or leads; any team for those who may share with everybody."""
    mine = team_id == user.team_id or any(team.pk == team_id for team in user.managed_teams.all())
    return can_share_with_all(user) or (user.scope("saved_views.share") == TEAM and mine)


def can_share_with_all(user: User) -> bool:
    """With everybody; and to say in which view a list opens for the holders of a role."""
    return user.scope("saved_views.share") == ALL


def can_change_in_bulk(user: User) -> bool:
    """Start jobs on many records; what is done to each is asked of its own rules."""
    return user.may("jobs.edit")


def can_run_bulk_job(user: User, job: BulkJob) -> bool:
    """Cancel and undo: who started it, and those in whose scope he is."""
    people = user.people_in_scope[user.scope("jobs.edit")]
    return user.may("jobs.edit") and (people is None or job.by_id in people)


def can_export(user: User, spec: ListSpec) -> bool:
    """Take out what one sees of a list."""
    return bool(spec.exports) and user.may(spec.exports)


def can_export_any(user: User) -> bool:
    return any(can_export(user, spec) for spec in export_lists())


def can_export_large(user: User) -> bool:
    """Take out more records at once than the workspace lets go without this."""
    return user.may("exports.large")


def can_download(user: User, export: Export) -> bool:
    """Who asked for the file, and those in whose scope he is."""
    people = user.people_in_scope[user.scope("exports.download")]
    return user.may("exports.download") and (people is None or export.by_id in people)


def can_cancel_export(user: User, export: Export) -> bool:
    """Who asked for the file, and those in whose scope he is."""
    return can_download(user, export)


def can_import(user: User, kind: ImportKind) -> bool:
    """Let such records come in from a file; what each row does is asked of its record's own rules."""
    return user.may("records.import") and kind.allowed(user)


def can_import_list(user: User, resource: str) -> bool:
    """Whether the records of this list are of a kind the person may let come in."""
    kind = import_kind(resource)
    return kind is not None and can_import(user, kind)


def can_import_any(user: User) -> bool:
    return user.may("records.import")


def can_run_import(user: User, job: Import) -> bool:
    """Start, cancel, undo and retry: who uploaded the file, and those in whose scope he is."""
    people = user.people_in_scope[user.scope("records.import")]
    return user.may("records.import") and (people is None or job.by_id in people)


def can_hand_over(user: User, person: User) -> bool:
    """Move what somebody holds to others: who may assign leads, for the people in the scope of that right."""
    people = user.people_in_scope[user.scope("leads.assign")]
    return user.may("leads.assign") and (people is None or person.pk in people)

"""The file with the cards from a fair, imported as anybody would."""

import csv
import io
from collections.abc import Sequence

from django.core.files.uploadedfile import SimpleUploadedFile

from leads.models import Lead, LeadImport
from leads.services import import_run, import_upload
from salesflow.demo.company import Company
from salesflow.demo.history import Story
from salesflow.demo.stories import Cast

FILENAME = "工博会名片.csv"
#: header -> field
COLUMNS = {
    "公司名称": "company_name",
    "姓名": "contact_name",
    "职位": "title",
    "手机": "mobile",
    "邮箱": "email",
    "国家": "country",
    "省份": "region",
    "城市": "city",
    "行业": "industry",
    "备注": "need",
}


def fair_import(company: Company, cast: Sequence[Cast], *, known: Cast, story: Story) -> list[Lead]:
    """Import the cards in the name of marketing; gives their leads in the order of `cast`.

    One card is of somebody known already, on another there is nothing but a mail address.
    """
    rows = [[each.values[name] for name in COLUMNS.values()] for each in [*cast, known]]
    rows.append(["", "", "", "", "info@nobody-knows.example", "", "", "", "", ""])
    text = io.StringIO()
    csv.writer(text).writerows([list(COLUMNS), *rows])
    job = import_upload(
        file=SimpleUploadedFile(FILENAME, text.getvalue().encode("utf-8-sig")),
        by=company.people["marketing"],
        source=company.sources[0],
        campaign=company.campaigns[0],
        mapping=COLUMNS,
    )
    import_run(job_id=job.pk)
    assert LeadImport.objects.get(pk=job.pk).created == len(cast)
    story.records.add(("leads.leadimport", job.pk))
    return list(Lead.objects.filter(imported_by=job).select_related("source").order_by("import_row"))

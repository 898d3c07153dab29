"""What customers, contacts and opportunities promise, and the leads they came from."""

from salesflow.lib.invariants import invariant

invariant(
    "contacts.converted_lead_has_one_conversion",
    "A converted lead has exactly one conversion, any other lead has none.",
    of="leads.lead",
    sql="""
        SELECT l.id
        FROM leads_lead l
        LEFT JOIN contacts_leadconversion v ON v.lead_id = l.id
        GROUP BY l.id
        HAVING count(v.id) <> CASE WHEN l.status = 'converted' THEN 1 ELSE 0 END
    """,
)
invariant(
    "contacts.conversion_hangs_together",
    "The contact and the opportunity that a lead became are those of the customer it became.",
    of="contacts.leadconversion",
    sql="""
        SELECT v.id
        FROM contacts_leadconversion v
        LEFT JOIN contacts_customer c ON c.id = v.customer_id
        LEFT JOIN contacts_contact p ON p.id = v.contact_id
        LEFT JOIN contacts_opportunity o ON o.id = v.opportunity_id
        WHERE c.id IS NULL
            OR v.contact_id IS NOT NULL AND p.customer_id IS DISTINCT FROM v.customer_id
            OR v.opportunity_id IS NOT NULL AND o.customer_id IS DISTINCT FROM v.customer_id
    """,
)
invariant(
    "contacts.opportunity_asks_its_customers_people",
    "The contact of an opportunity is a person at its customer, and an amount has a currency.",
    of="contacts.opportunity",
    sql="""
        SELECT o.id
        FROM contacts_opportunity o
        LEFT JOIN contacts_contact p ON p.id = o.contact_id
        WHERE o.contact_id IS NOT NULL AND p.customer_id IS DISTINCT FROM o.customer_id
            OR o.amount IS NOT NULL AND (o.currency = '' OR o.amount < 0)
    """,
)
invariant(
    "contacts.credit_makes_the_whole",
    "The parts of the credit for an opportunity make 100 percent.",
    of="contacts.opportunity",
    sql="""
        SELECT opportunity_id AS id FROM contacts_creditsplit GROUP BY opportunity_id HAVING sum(percent) <> 100
    """,
)
invariant(
    "contacts.one_customer_per_credit_code",
    "A credit code is one customer's.",
    of="contacts.customer",
    sql="""
        SELECT max(id) AS id FROM contacts_customer
        WHERE credit_code_key IS NOT NULL AND archived_at IS NULL GROUP BY credit_code_key HAVING count(*) > 1
    """,
)
invariant(
    "contacts.keys_are_filled",
    "A customer is found by its name and credit code; a private person is not compared by name.",
    of="contacts.customer",
    sql=r"""
        SELECT id FROM contacts_customer
        WHERE NOT is_person AND name_key IS NULL AND name ~ '[A-Za-z\u4e00-\u9fff]{2}'
            OR is_person AND name_key IS NOT NULL
            OR credit_code = '' AND credit_code_key IS NOT NULL
            OR search IS NULL
    """,
)
invariant(
    "contacts.people_are_found_by_their_address",
    "A contact with an e-mail address is found by it.",
    of="contacts.contact",
    # an import keeps what is no address as it stood
    sql=r"""
        SELECT id FROM contacts_contact
        WHERE email = '' AND email_key IS NOT NULL
            OR email ~ '^[A-Za-z0-9.]+@[A-Za-z0-9]+\.[a-z]{2,}$' AND email_key IS NULL
    """,
)
invariant(
    "contacts.nothing_hangs_on_a_missing_record",
    "No customer, contact or opportunity that people worked on is gone.",
    of="contacts",
    sql="""
        SELECT DISTINCT subject_type || ' ' || subject_id AS id
        FROM (
            SELECT subject_type, subject_id FROM work_activity WHERE subject_type LIKE 'contacts.%%'
            UNION ALL SELECT subject_type, subject_id FROM work_task WHERE subject_type LIKE 'contacts.%%'
            UNION ALL SELECT subject_type, subject_id FROM work_note WHERE subject_type LIKE 'contacts.%%'
            UNION ALL SELECT subject_type, subject_id FROM work_follow WHERE subject_type LIKE 'contacts.%%'
            UNION ALL SELECT subject_type, subject_id FROM files_attachment WHERE subject_type LIKE 'contacts.%%'
            UNION ALL SELECT subject_type, subject_id FROM journal_event WHERE subject_type LIKE 'contacts.%%'
        ) hanging
        WHERE NOT EXISTS (
            SELECT 1 FROM contacts_customer r WHERE subject_type = 'contacts.customer' AND r.id = subject_id
            UNION ALL
            SELECT 1 FROM contacts_contact r WHERE subject_type = 'contacts.contact' AND r.id = subject_id
            UNION ALL
            SELECT 1 FROM contacts_opportunity r WHERE subject_type = 'contacts.opportunity' AND r.id = subject_id
        ) AND subject_type IN ('contacts.customer', 'contacts.contact', 'contacts.opportunity')
    """,
)

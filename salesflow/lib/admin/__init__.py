"""What the pages of the admin share: a thin door onto the services, never one onto the tables.

`site` admits administrators and draws the frame, `pages` and `service_pages` are the bases of each app's pages,
`places` the sidebar, `checklist` what a new company sets up.
"""

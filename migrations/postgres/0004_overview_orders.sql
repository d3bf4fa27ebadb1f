-- "Needs attention first" goes down in severity and up in name: an index of its own spares sorting everyone.
CREATE INDEX companies_attention ON companies (group_id, severity DESC, name_key);

-- Who never synced comes first in these orders, as it does on SQLite by itself.
DROP INDEX companies_last_success;
DROP INDEX companies_last_run;
CREATE INDEX companies_last_success ON companies (group_id, last_success_at NULLS FIRST, name_key);
CREATE INDEX companies_last_run ON companies (group_id, last_run_at NULLS FIRST, name_key);

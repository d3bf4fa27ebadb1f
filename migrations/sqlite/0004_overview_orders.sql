-- "Needs attention first" goes down in severity and up in name: an index of its own spares sorting everyone.
CREATE INDEX companies_attention ON companies (group_id, severity DESC, name_key);

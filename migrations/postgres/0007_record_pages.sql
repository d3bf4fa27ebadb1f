-- The documents of a contact, newest first, a page at a time.
DROP INDEX documents_contact;
CREATE INDEX documents_contact ON documents (contact_id, issue_date, id);

-- Contacts that are older than their versions: what they say now is the first that is kept. Who said so is not known.
INSERT INTO contact_versions (contact_id, version, content, made_by, made_at)
SELECT id, version,
    json_build_object('name', name, 'email', email, 'address', address, 'country', country, 'archived', archived <> 0)::text,
    '', updated_at
FROM contacts;

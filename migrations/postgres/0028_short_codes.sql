-- How the accounting side names the organisation in the addresses of its pages; NULL where it does not, or was not asked yet.
ALTER TABLE connections ADD COLUMN short_code TEXT;

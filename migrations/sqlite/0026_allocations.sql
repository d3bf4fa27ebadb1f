-- Credit that is applied to a document is a payment whose money is taken from a credit: `document_id` is the invoice or bill,
-- `credit_id` the credit note, prepayment or overpayment, and the amount is that of the invoice.
ALTER TABLE payments ADD COLUMN credit_id TEXT REFERENCES documents (id);
-- Where only one of the two is held here, the external id of the other one; the row then stands against the one that is.
ALTER TABLE payments ADD COLUMN elsewhere TEXT NOT NULL DEFAULT '';
-- 1 where it was taken back, on whichever side: it counts no more.
ALTER TABLE payments ADD COLUMN removed BIGINT NOT NULL DEFAULT 0;
CREATE INDEX payments_credit ON payments (credit_id) WHERE credit_id IS NOT NULL;
CREATE INDEX payments_elsewhere ON payments (elsewhere) WHERE elsewhere <> '';

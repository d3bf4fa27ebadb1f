//! One thing that somebody, or some accident, does.

use super::{Pair, World};
use serde_json::{Value, json};
use std::time::Duration;
use tieout::{
    domain::{
        message::Entity,
        record::{edit::ApplyEdit, view::Content},
        run::{RunKind, RunScope},
    },
    server::{
        db::{companies, new_id, query::sql},
        services::{
            records::{self, Asked},
            resolve::{self, Selection},
            sync,
        },
    },
};

impl World {
    pub(super) fn step(&mut self) {
        let which = self.chance.below(self.companies.len() as u64) as usize;
        match self.chance.below(24) {
            0 | 20 => self.serve(),
            3 => {
                self.kill();
                self.serve();
            }
            4 if self.chance.per_mille(300) => self.stop(),
            1 | 2 | 5 | 6 | 21..24 => std::thread::sleep(Duration::from_millis(self.chance.below(400))),
            step => {
                let World { runtime, companies, chance, .. } = self;
                let pair = &mut companies[which];
                runtime.block_on(async {
                    match step {
                        7 | 8 => pair.import_new(1 + chance.below(6), chance).await,
                        9 => pair.import_again(chance).await,
                        10 | 11 => pair.edit(chance).await,
                        12 if chance.per_mille(400) => pair.pay_here(chance).await,
                        12 if chance.per_mille(600) => pair.apply_here(chance).await,
                        12 => pair.take_back_here(chance).await,
                        13 => pair.leave_out(chance).await,
                        14 => pair.take_in(chance).await,
                        15 | 16 => pair.ask().await,
                        _ => pair.there(chance),
                    }
                });
            }
        }
    }

    /// Whatever it was doing, it does no more.
    fn kill(&mut self) {
        if let Some(mut server) = self.server.take() {
            server.kill();
        }
    }

    /// It is told to stop, and finishes or gives back what it holds.
    fn stop(&mut self) {
        if let Some(server) = self.server.take() {
            let (took, code) = server.terminate();
            assert!(took < Duration::from_secs(10) && code == Some(0), "{took:?} {code:?}");
        }
    }
}

impl Pair {
    /// A document's id by chance, and its number.
    async fn any_document(&self, chance: &mut super::Chance) -> Option<(Entity, String, String)> {
        let rows: Vec<(String, String, String)> =
            sql("SELECT kind, id, number FROM documents WHERE company_id = $1 AND state = 'approved' ORDER BY number, id")
                .bind(&self.books.company.id)
                .all(&self.books.db)
                .await
                .unwrap();
        if rows.is_empty() {
            return None;
        }
        let (kind, id, number) = chance.one(&rows).clone();
        let entity = if kind == "sales_credit_note" { Entity::CreditNote } else { Entity::Invoice };
        Some((entity, id, number))
    }

    /// A file that changes a document which is here already.
    async fn import_again(&mut self, chance: &mut super::Chance) {
        let Some((_, _, number)) = self.any_document(chance).await else { return };
        if number.starts_with('I') || number.starts_with('C') {
            let row = self.row(&number, chance);
            let file = format!("{}{row}", crate::harness::books::HEADER).into_bytes();
            let report = tieout::server::services::import::run(&self.books.db, &self.books.company, "again.csv", file, "test");
            if report.await.unwrap().stored == 0 {
                // Voided meanwhile, which the report says.
                self.stored.pop();
            }
        }
    }

    async fn edit(&mut self, chance: &mut super::Chance) {
        let Some((entity, id, _)) = self.any_document(chance).await else { return };
        let (db, company) = (&self.books.db, &self.books.company);
        let record = records::record(db, company, entity, &id, &Asked::from_query("edit=1")).await.unwrap();
        let version = record.link.version;
        let Content::Document(document) = record.content else { return };
        let Some(form) = document.form else { return };
        let mut edit = form.edit;
        edit.reference = format!("PO {}", chance.below(1_000_000));
        // What may not be changed is refused in words; what was taken has to be kept.
        if records::edit_document(db, company, entity, &id, version, &edit, "Ann").await.is_ok() {
            self.edited.push((id, edit.reference));
        }
    }

    /// Money that came in and was noted here; no page does that yet.
    async fn pay_here(&mut self, chance: &mut super::Chance) {
        let Some((Entity::Invoice, document, _)) = self.any_document(chance).await else { return };
        let payment = new_id();
        let mut tx = self.books.db.begin().await.unwrap();
        companies::lock(&mut tx, &self.books.company.id).await.unwrap();
        let paid = sql("UPDATE documents SET paid = paid + 1 WHERE id = $1 AND gross > paid").bind(&document);
        if paid.execute(&mut tx).await.unwrap() == 1 {
            sql("INSERT INTO payments (id, company_id, document_id, paid_on, amount, currency, reference, updated_at)
                VALUES ($1, $2, $3, '2010-12-30', 1, 'GBP', $4, 1)")
            .bind(&payment)
            .bind(&self.books.company.id)
            .bind(&document)
            .bind(format!("DD {}", chance.next()))
            .execute(&mut tx)
            .await
            .unwrap();
            tx.commit().await.unwrap();
            self.paid.push(payment);
        }
    }

    /// Some credit is applied to what its contact owes.
    async fn apply_here(&mut self, chance: &mut super::Chance) {
        let notes =
            "SELECT id FROM documents WHERE company_id = $1 AND kind = 'sales_credit_note' AND gross < paid ORDER BY number, id";
        let notes: Vec<(String,)> = sql(notes).bind(&self.books.company.id).all(&self.books.db).await.unwrap();
        if notes.is_empty() {
            return;
        }
        let (db, company, (id,)) = (&self.books.db, &self.books.company, chance.one(&notes));
        let record = records::record(db, company, Entity::CreditNote, id, &Asked::from_query("")).await.unwrap();
        let Content::Document(document) = record.content else { return };
        let Some(application) = document.application else { return };
        let (document, _) = chance.one(&application.documents).clone();
        let amount = if chance.per_mille(500) { String::new() } else { "0.01".into() };
        let entry = ApplyEdit { document, amount, date: "2010-12-30".into() };
        // Refused where a sync changed either of the two meanwhile.
        drop(records::apply_credit(db, company, id, &entry, "Ann").await);
    }

    /// A payment or applied credit is taken back, whether or not it went.
    async fn take_back_here(&mut self, chance: &mut super::Chance) {
        let paid = "SELECT id FROM payments WHERE company_id = $1 AND removed = 0 ORDER BY paid_on, amount, id";
        let paid: Vec<(String,)> = sql(paid).bind(&self.books.company.id).all(&self.books.db).await.unwrap();
        if !paid.is_empty() {
            let (id,) = chance.one(&paid);
            // Refused where it is left out of syncs.
            drop(records::take_back(&self.books.db, &self.books.company, id, "Ann").await);
        }
    }

    async fn leave_out(&mut self, chance: &mut super::Chance) {
        let Some((entity, id, _)) = self.any_document(chance).await else { return };
        let chosen = Selection::Record(entity, id.clone());
        if resolve::unlink(&self.books.db, &self.books.company, &chosen, "Ann").await.is_ok_and(|done| done.records > 0) {
            self.linked.insert(id, false);
        }
    }

    async fn take_in(&mut self, chance: &mut super::Chance) {
        let left_out: Vec<String> = self.linked.iter().filter(|(_, linked)| !**linked).map(|(id, _)| id.clone()).collect();
        if left_out.is_empty() {
            return;
        }
        let id = chance.one(&left_out).clone();
        for entity in [Entity::Invoice, Entity::CreditNote] {
            let chosen = Selection::Record(entity, id.clone());
            if resolve::link(&self.books.db, &self.books.company, &chosen, "Ann").await.is_ok_and(|done| done.records > 0) {
                self.linked.insert(id.clone(), true);
            }
        }
    }

    async fn ask(&self) {
        let (db, id) = (&self.books.db, &self.books.company.id);
        // A company that lost its access is refused, and taken up again in the end.
        let _ = sync::request(db, id, RunKind::Manual, RunScope::Full, "test").await;
    }

    /// Somebody works on the accounting side.
    fn there(&mut self, chance: &mut super::Chance) {
        let held = self.there.held();
        let open: Vec<&Value> = held.invoices.iter().filter(|one| one["Status"] == "AUTHORISED").collect();
        // Once money or credit was laid against it, nobody changes it.
        let is_untouched = |one: &&Value| ["AmountPaid", "AmountCredited"].iter().all(|of| one[of].as_f64() == Some(0.0));
        let unpaid: Vec<&Value> = open.iter().copied().filter(is_untouched).collect();
        self.numbers += 1;
        let number = format!("X{}", self.numbers);
        let customer = format!("Customer {}", chance.below(7));
        let amount = chance.below(100_000) as f64 / 100.0 + 0.01;
        let id = |one: &Value| one["InvoiceID"].as_str().expect("an id").to_owned();
        match chance.below(10) {
            0 | 1 => drop(self.there.make_invoice("ACCREC", &number, &customer, "2010-12-05", amount)),
            2 => drop(self.there.make_credit_note("ACCRECCREDIT", &number, &customer, "2010-12-06", amount)),
            3 if !open.is_empty() => {
                let invoice: &Value = chance.one::<&Value>(&open);
                let due = invoice["AmountDue"].as_f64().expect("a number");
                let part = if chance.per_mille(500) { due } else { (due * 50.0).floor() / 100.0 };
                if part > 0.0 {
                    self.there.pay(&id(invoice), "2010-12-20", part);
                }
            }
            4 if !unpaid.is_empty() => self.there.void_invoice(&id(chance.one::<&Value>(&unpaid))),
            5 if !unpaid.is_empty() => {
                let reference = json!({ "Reference": format!("there {}", chance.below(1_000_000)) });
                self.there.edit_invoice(&id(chance.one::<&Value>(&unpaid)), reference);
            }
            6 => self.there.expire_tokens(),
            7 => self.apply_there(&held.credit_notes, &open, chance),
            8 => {
                let applied: Vec<(&str, &str)> = held.credit_notes.iter().flat_map(allocations).collect();
                if !applied.is_empty() {
                    let (note, allocation) = *chance.one(&applied);
                    self.there.take_credit_back("CreditNotes", note, allocation);
                }
            }
            9 => {
                let paid: Vec<&Value> = held.payments.iter().filter(|one| one["Status"] == "AUTHORISED").collect();
                if !paid.is_empty() {
                    self.there.take_back(chance.one::<&Value>(&paid)["PaymentID"].as_str().expect("an id"));
                }
            }
            _ => {}
        }
    }

    /// Somebody gives a part of a credit note to an invoice of the same contact.
    fn apply_there(&self, notes: &[Value], open: &[&Value], chance: &mut super::Chance) {
        let mut fitting = Vec::new();
        for note in notes.iter().filter(|one| one["Status"] == "AUTHORISED") {
            let same = open.iter().filter(|one| one["Contact"]["ContactID"] == note["Contact"]["ContactID"]);
            fitting.extend(same.map(|invoice| (note, *invoice)));
        }
        if fitting.is_empty() {
            return;
        }
        let (note, invoice) = *chance.one(&fitting);
        let pence = |value: &Value| (value.as_f64().expect("a number") * 100.0).round() as u64;
        let most = pence(&note["RemainingCredit"]).min(pence(&invoice["AmountDue"]));
        let amount = (1 + chance.below(most)) as f64 / 100.0;
        let id = |one: &Value, field: &str| one[field].as_str().expect("an id").to_owned();
        self.there.allocate(&id(note, "CreditNoteID"), &id(invoice, "InvoiceID"), "2010-12-22", amount);
    }
}

/// What is applied of a credit note: its id and that of each allocation.
fn allocations(note: &Value) -> Vec<(&str, &str)> {
    let id = note["CreditNoteID"].as_str().expect("an id");
    let all = note["Allocations"].as_array().expect("a list").iter();
    all.map(|one| (id, one["AllocationID"].as_str().expect("an id"))).collect()
}

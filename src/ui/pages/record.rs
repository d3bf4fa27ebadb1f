//! The page of one record: what we hold, what the other side holds of it, what went wrong and how it is mended, its
//! versions and its attempts.

mod apply;
mod contact;
mod document;
mod document_form;
mod entries;
mod head;
mod lines;
mod payment;
mod problem;
mod trail;

use super::company::{Failure, code_in_address};
use crate::{
    api::{
        reading,
        records::{CompanyRecord, company_record},
    },
    domain::record::view::Content,
};
use contact::Contact;
use document::Document;
use head::{OtherSide, RecordHead};
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_url};
use payment::Payment;
use problem::Problem;
use trail::{Attempts, Deeds, Versions};

/// Where the page stands: what links on it begin with.
#[derive(Clone, Debug)]
struct Here {
    code: String,
    /// The record's own address.
    page: String,
    /// The entity as addresses write it.
    entity: String,
    id: String,
    now: i64,
}

impl Here {
    fn record(&self, entity: crate::domain::message::Entity, id: &str) -> Option<String> {
        crate::domain::record::address(&self.code, entity, id)
    }
}

#[component]
pub fn RecordPage() -> impl IntoView {
    let params = use_params_map().get_untracked();
    let (entity, id) = (params.get("entity").unwrap_or_default(), params.get("id").unwrap_or_default());
    let query = use_url().read_untracked().search().to_owned();
    let code = code_in_address();
    let answer = reading(company_record(code, entity.clone(), id, query));
    view! {
        <Suspense>
            {Suspend::new(async move {
                let CompanyRecord { head, record } = match answer.await {
                    Ok(answer) => answer,
                    Err(error) => return view! { <Failure error/> }.into_any(),
                };
                let code = head.row.code.clone();
                // By its id, however it was asked for.
                let id = record.id.clone();
                let page = format!("/companies/{code}/records/{entity}/{id}");
                let here = Here { code, page, entity, id, now: head.now };
                let log = format!("/companies/{}/messages?entity={}&record={}", here.code, record.entity.as_str(), record.id);
                let can_change = match &record.content {
                    Content::Document(document) => !document.is_fixed(),
                    Content::Contact(_) => true,
                    Content::Payment(_) => false,
                };
                let remedy = match &record.content {
                    Content::Document(document) => document.remedy.clone(),
                    _ => None,
                };
                let present = record.link.version;
                let what = match &record.content {
                    Content::Document(document) if document.kind.comes_in_only() => document.kind.label(),
                    Content::Payment(payment) if payment.credit.is_some() => "Credit",
                    _ => record.entity.label(),
                };
                let other_side = view! { <OtherSide link=record.link company=head.row.clone() now=here.now/> }.into_any();
                let content = match record.content {
                    Content::Document(document) => {
                        view! { <Document here=here.clone() document=*document other_side/> }.into_any()
                    }
                    Content::Contact(contact) => view! { <Contact here=here.clone() contact=*contact other_side/> }.into_any(),
                    Content::Payment(payment) => view! { <Payment here=here.clone() payment=*payment other_side/> }.into_any(),
                };
                view! {
                    <RecordHead here=here.clone() head what label=record.label.clone() can_change/>
                    {record.problem.map(|problem| view! { <Problem here=here.clone() problem remedy can_change/> })}
                    {content}
                    <Versions here=here.clone() versions=record.versions present before=record.versions_before/>
                    <Attempts here attempts=record.attempts more=record.more_attempts log/>
                    <Deeds deeds=record.actions/>
                }
                .into_any()
            })}
        </Suspense>
    }
}

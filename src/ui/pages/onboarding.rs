//! The wizard that leads from a connection to its first sync: tax rates, accounts, tracking options, contacts, and the
//! confirmation. Each step is a page of its own, kept at once, and works without script. Once confirmed, the first three
//! are where matches are changed.

mod confirm;
mod contact_row;
mod contacts;
mod finder;
mod item_row;
mod items;
mod lists;
mod steps;

use super::company::{Failure, Follow, StartSync, code_in_address};
use crate::{
    api::{onboarding::company_onboarding, reading},
    domain::{
        company::CompanyNow,
        onboarding::{
            CompanyOnboarding, Onboarding, StepPage,
            asked::{Asked, Shown},
        },
    },
    ui::components::{CompanyPage, CompanyTabs, Notice, PageHeader, Tone},
};
use confirm::Confirm;
use contacts::Contacts;
use items::Items;
use leptos::prelude::*;
use leptos_router::hooks::use_url;
use lists::ListsRead;
use steps::Steps;

/// Where the page is: what its forms and links need.
#[derive(Clone)]
struct Here {
    code: String,
    /// What the accounting side's books are called.
    organisation: String,
    asked: Asked,
    onboarded: bool,
    now: i64,
}

impl Here {
    /// What a form sends along so that its answer leads back here.
    fn fields(&self) -> impl IntoView + use<> {
        view! {
            <input type="hidden" name="code" value=self.code.clone()/>
            <input type="hidden" name="page" value=self.asked.list().to_query()/>
        }
    }

    /// The parts of the address that a search in it keeps.
    fn kept(&self, all: bool) -> impl IntoView + use<> {
        let Asked { step, show, text, page, .. } = self.asked.clone();
        let show = (all && show != Shown::All).then(|| show.as_str().to_owned());
        let parts = [
            ("step", step.map(|step| step.as_str().to_owned())),
            ("show", show),
            ("q", Some(text).filter(|text| all && !text.is_empty())),
            ("page", (all && page != 1).then(|| page.to_string())),
        ];
        parts.into_iter().filter_map(|(name, value)| Some(view! { <input type="hidden" name=name value=value?/> })).collect_view()
    }
}

#[component]
pub fn OnboardingPage() -> impl IntoView {
    let query = use_url().read_untracked().search().to_owned();
    let code = code_in_address();
    let settings = format!("/companies/{code}/integration");
    let answer = reading(company_onboarding(code, query));
    view! {
        <Suspense>
            {Suspend::new(async move {
                match answer.await {
                    Ok(CompanyOnboarding { head, onboarding }) => view! { <Wizard head onboarding/> }.into_any(),
                    Err(error) => view! { <Failure error away=(settings, "Integration settings")/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

#[component]
fn Wizard(head: CompanyNow, onboarding: Onboarding) -> impl IntoView {
    let company = head.row.clone();
    let onboarded = onboarding.confirmed.is_some();
    let here = Here {
        code: company.code.clone(),
        organisation: onboarding.organisation.clone(),
        asked: onboarding.asked.clone(),
        onboarded,
        now: head.now,
    };
    let step = onboarding.step();
    let progress = onboarding.progress(step);
    let title = format!("{}: {}", if onboarded { "Matches" } else { "Onboarding" }, step.label());
    let settings = format!("/companies/{}/integration", here.code);
    let crumbs = vec![("/overview".into(), "Sync overview".into()), (settings, company.name.clone())];
    let software = company.provider.map(|provider| format!("{}: ", provider.label())).unwrap_or_default();
    let facts = format!("{} · {software}{}", here.code, here.organisation);
    let liveness = view! { <Follow code=here.code.clone() cursor=head.cursor now=head.now progress=company.progress.clone()/> };
    let start = onboarded.then(|| view! { <StartSync code=here.code.clone() blocked=company.sync_blocked/> });
    let notices = onboarding.notices.into_iter().map(|text| view! { <Notice tone=Tone::Warn>{text}</Notice> }).collect_view();
    let page = match onboarding.page {
        StepPage::Items(page) => view! { <Items here=here.clone() step progress page/> }.into_any(),
        StepPage::Contacts(page) => view! { <Contacts here=here.clone() page/> }.into_any(),
        StepPage::Confirm(plan) => view! { <Confirm here=here.clone() plan=*plan/> }.into_any(),
    };
    view! {
        <PageHeader title crumbs facts liveness=liveness.into_any()>{start}</PageHeader>
        <CompanyTabs code=here.code.clone() current=CompanyPage::Integration below=true/>
        {notices}
        <Steps here=here.clone() steps=onboarding.steps/>
        {page}
        <ListsRead here read=onboarding.lists_read/>
    }
    .into_any()
}

//! Sync results of one company: what needs a person and what to do about it, whether both sides agree to the
//! cent, and the recent syncs.

mod address;
mod beside;
mod causes;
mod conflict;
mod filter;
mod list;
mod nothing;
mod row;
pub mod runs;
mod selection;
pub mod set_aside;
pub mod tie_out;
mod trail;
mod undo;

use super::company::{CompanyHead, Failure, code_in_address};
use crate::{
    api::{
        reading,
        results::{CompanyResults, company_results},
    },
    domain::{results::Results, results_filter::PAGE_SIZES},
    ui::components::{CompanyPage, Notice, Pager, Tone},
};
use address::Here;
use beside::Neighbours;
use causes::Causes;
use filter::ResultsFilters;
use leptos::prelude::*;
use leptos_router::hooks::use_url;
use list::List;
use nothing::Nothing;
use runs::RecentRuns;
use selection::Selection;
use tie_out::TieOut;
use undo::Undo;

#[component]
pub fn ResultsPage() -> impl IntoView {
    let query = use_url().read_untracked().search().to_owned();
    let answer = reading(company_results(code_in_address(), query));
    view! {
        <Suspense>
            {Suspend::new(async move {
                match answer.await {
                    Ok(CompanyResults { head, results }) => {
                        let (now, currency, code) = (head.now, head.row.currency.clone(), head.row.code.clone());
                        let other_side = head.row.organisation.clone().unwrap_or_else(|| "Accounting side".into());
                        let list = results.asked.list.clone();
                        let here = Here { code: code.clone(), asked: results.asked.clone() };
                        let beside = view! { <Neighbours beside=results.beside.clone() list=list.clone()/> };
                        let notices = results.notices.clone();
                        let (tie_out, runs) = (results.tie_out.clone(), results.runs.clone());
                        view! {
                            <CompanyHead head page=CompanyPage::Results list beside=beside.into_any()/>
                            {notices.into_iter().map(|text| view! { <Notice tone=Tone::Warn>{text}</Notice> }).collect_view()}
                            {results.undoable.clone().map(|undoable| view! { <Undo code=code.clone() undoable now/> })}
                            <Problems here results currency=currency.clone() now/>
                            {tie_out
                                .map(|tie_out| {
                                    let outdated = runs.first().is_some_and(|run| run.is_after(&tie_out));
                                    view! { <TieOut tie_out currency other_side now outdated/> }
                                })}
                            <RecentRuns code runs now/>
                        }
                        .into_any()
                    }
                    Err(error) => view! { <Failure error/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

/// Causes, filter, list, and what can be done to what is ticked; or why there is nothing.
#[component]
fn Problems(here: Here, results: Results, currency: String, now: i64) -> impl IntoView {
    let (filter, listed) = (results.asked.filter.clone(), results.listed);
    // A company that was never synced has nothing to be filtered.
    let filters = (filter.narrows() || !results.runs.is_empty()).then(|| view! { <ResultsFilters here=here.clone()/> });
    let causes = (!results.causes.is_empty()).then(|| view! { <Causes here=here.clone() results=results.clone()/> });
    if results.problems.is_empty() {
        return view! { {causes} {filters} <Nothing here results/> }.into_any();
    }
    let pages = {
        let here = here.clone();
        move |rows, page| here.page(rows, page)
    };
    view! {
        {causes}
        {filters}
        <List here=here.clone() results=results.clone() currency now/>
        <Selection here results/>
        <Pager total=listed rows=filter.rows page=filter.page sizes=&PAGE_SIZES noun="problems" link=pages/>
    }
    .into_any()
}
